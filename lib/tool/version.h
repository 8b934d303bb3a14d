#ifndef TOOL_VERSION_H
#define TOOL_VERSION_H

#define IMGPL_VERSION "0.1.0"

#endif
