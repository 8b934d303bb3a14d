#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/stream.h"

#include "image/image.h"

/* Whatever the bytes are, a picture comes out or a reason why not. The limits keep a run short. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct image_limits limits = {
		.max_pixels = 1000000, .max_frames = 10, .max_scans = 20};
	static const struct rendition
		small = {.box = {40, 30}, .fit = FIT_CONTAIN, .quality = 80},
		wide = {.box = {64, 0}, .format = IMAGE_PNG, .enlarge = 1, .quality = 80},
		cut = {.box = {16, 16}, .fit = FIT_COVER, .format = IMAGE_WEBP, .quality = 80};
	struct stream in, out;
	struct error err = {0};
	struct image *image;

	stream_from_memory(&in, bytes, size);
	stream_to_nowhere(&out);
	image = image_open(&in, &limits, &err);
	if (image) {
		struct image_output outputs[] = {
			{.rendition = &small, .out = &out},
			{.rendition = &wide, .out = &out},
			{.rendition = &cut, .out = &out},
		};
		/* an enlarged strip of a picture is work without end, not a discovery */
		size_t count = image_info(image)->size.height > 2000 ? 1 : 3;

		image_render(image, outputs, count, (enum image_keep)(size % 3), &err);
	}
	image_free(image);
	stream_close(&in);
	return 0;
}
