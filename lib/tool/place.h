#ifndef TOOL_PLACE_H
#define TOOL_PLACE_H

/* Return the path of what is installed as `relative` below the prefix, where this tool is in bin:
 * "share/imgpl/models". It need not be there. Free with free(). */
char *place_installed(const char *relative);

#endif
