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

/* Where libjpeg would go on with a picture of which part is missing or made up, it is refused. */
static void warn(j_common_ptr jpeg, int level)
{
	if (level >= 0)
		return;
	switch (jpeg->err->msg_code) {
	case JWRN_ADOBE_XFORM:
	case JWRN_BOGUS_PROGRESSION:
	case JWRN_EXTRANEOUS_DATA:
	case JWRN_JFIF_MAJOR:
	case JWRN_NOT_SEQUENTIAL:
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
