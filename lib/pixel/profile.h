#ifndef PIXEL_PROFILE_H
#define PIXEL_PROFILE_H

#include <lcms2.h>

#include "pixel/color.h"
#include "pixel/pixels.h"

/*
 * Colour profiles, given and made. Each belongs to a context of lcms, which keeps one picture's
 * work apart from another thread's; close it with cmsCloseProfile() before the context goes.
 */

/* Return a context that says nothing of what it dislikes: such a profile is ignored, and that is
 * enough. Free with cmsDeleteContext(). */
cmsContext profile_context(void);

/* Return the profile that a picture brings along; NULL if there is none, or it can't be read. */
cmsHPROFILE profile_embedded(cmsContext context, const struct color_space *space);

/* Return the profile to convert pixels of `kind` from; NULL if they are sRGB, or had better be
 * taken for it: the profile is broken or for another kind of pixels. */
cmsHPROFILE profile_foreign(
	cmsContext context, const struct color_space *space, enum pixels_kind kind);

/* Return the profile to convert pixels of `kind` to: sRGB, or gray with sRGB's curve. */
cmsHPROFILE profile_srgb(cmsContext context, enum pixels_kind kind);

#endif
