#include "store/pending.h"

#include <string.h>

#include "base/buffer.h"
#include "event/sequencer.h"
#include "store/object.h"
#include "store/row.h"
#include "store/table.h"

int pending_check(struct table *table, const char *bucket, const struct object *object,
	struct buffer *later, struct error *err)
{
	struct row row = {0};
	int pending = 1;

	if (table_get(table, object->key, &row, err) || row_check_bucket(&row, bucket, err))
		pending = -1;
	else if (row.status == ROW_COMPLETE && row.etag && strcmp(row.etag, object->etag) == 0)
		pending = 0;
	else if (sequencer_compare(object->sequencer, row.sequencer) < 0)
		buffer_format(later, "%s1", row.sequencer);
	row_release(&row);
	return pending;
}
