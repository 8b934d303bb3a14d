#ifndef IMAGE_PNG_ISAL_H
#define IMAGE_PNG_ISAL_H

/* Call after ISA-L has worked. On x86 it leaves the upper halves of the vector registers in use,
 * which makes all other vector code wait for them: half as fast, from then on. */
void png_isal_leave(void);

#endif
