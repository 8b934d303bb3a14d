#include "image/jpeg_failure.h"

#include <jerror.h>

#include "base/error.h"

void jpeg_failure_jump(j_common_ptr jpeg)
{
	struct jpeg_failure *failure = (struct jpeg_failure *)jpeg->err;

	longjmp(failure->back, 1);
}

/* libjpeg's messages start with a capital and may end with a full stop. */
static void fail(j_common_ptr jpeg)
{
	struct jpeg_failure *failure = (struct jpeg_failure *)jpeg->err;
	char text[JMSG_LENGTH_MAX];

	switch (failure->manager.msg_code) {
	case JERR_OUT_OF_MEMORY:
		error_transient(failure->err, "out of memory for a JPEG");
		break;
	case JERR_IMAGE_TOO_BIG:
		error_limit(failure->err, "a side is over the limit of %ld pixels of a JPEG",
			(long)JPEG_MAX_DIMENSION);
		break;
	default:
		failure->manager.format_message(jpeg, text);
		if (text[0] >= 'A' && text[0] <= 'Z' && !(text[1] >= 'A' && text[1] <= 'Z'))
			text[0] = (char)(text[0] - 'A' + 'a');
		error_invalid(failure->err, "broken JPEG: %s", text);
	}
	jpeg_failure_jump(jpeg);
}

/* Whether the bytes that libjpeg passed over, and a marker after them, say nothing. Of those that
 * are no longer in memory the others are taken to tell. */
static int is_padding(j_decompress_ptr jpeg)
{
	const struct jpeg_failure *failure = (const struct jpeg_failure *)jpeg->err;
	const int few = 4;
	ptrdiff_t passed = failure->manager.msg_parm.i[0];
	const unsigned char *end = jpeg->src->next_input_byte - 2;

	if (passed <= few)
		return 1;
	if (passed > end - failure->bytes)
		passed = end - failure->bytes;
	for (const unsigned char *byte = end - passed; byte + 1 < end; byte++)
		if (byte[0] != byte[1])
			return 0;
	return passed > 1;
}

/* Where libjpeg would go on with a picture of which part is missing or made up, it is refused. */
static void warn(j_common_ptr jpeg, int level)
{
	if (level >= 0)
		return;
	switch (jpeg->err->msg_code) {
	case JWRN_ADOBE_XFORM:
	case JWRN_BOGUS_PROGRESSION:
	case JWRN_JFIF_MAJOR:
	case JWRN_NOT_SEQUENTIAL:
		return;
	case JWRN_EXTRANEOUS_DATA:
		if (is_padding((j_decompress_ptr)jpeg))
			return;
		fail(jpeg);
		return;
	default:
		fail(jpeg);
	}
}

static void be_quiet(j_common_ptr jpeg)
{
	(void)jpeg;
}

struct jpeg_error_mgr *jpeg_failure_init(struct jpeg_failure *failure, struct error *err)
{
	jpeg_std_error(&failure->manager);
	failure->manager.error_exit = fail;
	failure->manager.emit_message = warn;
	failure->manager.output_message = be_quiet;
	failure->err = err;
	return &failure->manager;
}
