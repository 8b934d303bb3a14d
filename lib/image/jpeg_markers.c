#include "image/jpeg_markers.h"

#include <string.h>

#include "image/codec.h"
#include "image/exif.h"

#define MARKER_EXIF (JPEG_APP0 + 1)
#define MARKER_PROFILE (JPEG_APP0 + 2)
#define MARKER_IPTC (JPEG_APP0 + 13)
#define LONGEST_MARKER 65533

static const char exif_head[] = "Exif\0", xmp_head[] = "http://ns.adobe.com/xap/1.0/",
		  profile_head[] = "ICC_PROFILE", iptc_head[] = "Photoshop 3.0";

static int read_byte(j_decompress_ptr jpeg)
{
	struct jpeg_source_mgr *source = jpeg->src;

	if (source->bytes_in_buffer == 0)
		source->fill_input_buffer(jpeg);
	source->bytes_in_buffer--;
	return *source->next_input_byte++;
}

static void read_segment(j_decompress_ptr jpeg, struct buffer *segment)
{
	struct jpeg_source_mgr *source = jpeg->src;
	size_t left = (size_t)read_byte(jpeg) << 8;

	left += (size_t)read_byte(jpeg);
	left = left < 2 ? 0 : left - 2;
	buffer_clear(segment);
	while (left > 0) {
		size_t part;

		if (source->bytes_in_buffer == 0)
			source->fill_input_buffer(jpeg);
		part = left < source->bytes_in_buffer ? left : source->bytes_in_buffer;
		buffer_append(segment, source->next_input_byte, part);
		source->next_input_byte += part;
		source->bytes_in_buffer -= part;
		left -= part;
	}
}

/* Whether the segment starts with `head` and its NUL. */
static int starts(const struct buffer *segment, const char *head, size_t size)
{
	return segment->length >= size && memcmp(segment->bytes, head, size) == 0;
}

/* Keep the first of its kind. */
static void keep(struct buffer *kept, const struct buffer *segment, size_t from)
{
	if (!kept->length)
		buffer_append(kept, segment->bytes + from, segment->length - from);
}

/* A profile comes in numbered pieces (ICC.1:2010, B.4). */
static void keep_profile(struct jpeg_markers *markers)
{
	const struct buffer *segment = &markers->segment;
	size_t head = sizeof(profile_head);

	if (segment->length <= head + 2)
		return;
	markers->profile_pieces = (unsigned char)segment->bytes[head + 1];
	keep(&markers->profile[(unsigned char)segment->bytes[head]], segment, head + 2);
}

static boolean meet_marker(j_decompress_ptr jpeg)
{
	struct jpeg_markers *markers = jpeg->client_data;
	struct buffer *segment = &markers->segment;

	read_segment(jpeg, segment);
	if (jpeg->unread_marker == MARKER_EXIF && starts(segment, exif_head, sizeof(exif_head)))
		keep(&markers->exif, segment, sizeof(exif_head));
	else if (jpeg->unread_marker == MARKER_EXIF && starts(segment, xmp_head, sizeof(xmp_head)))
		keep(&markers->xmp, segment, sizeof(xmp_head));
	else if (jpeg->unread_marker == MARKER_PROFILE &&
		starts(segment, profile_head, sizeof(profile_head)))
		keep_profile(markers);
	else if (jpeg->unread_marker == MARKER_IPTC &&
		starts(segment, iptc_head, sizeof(iptc_head)))
		keep(&markers->iptc, segment, 0);
	return TRUE;
}

void jpeg_markers_watch(j_decompress_ptr jpeg)
{
	jpeg_set_marker_processor(jpeg, MARKER_EXIF, meet_marker);
	jpeg_set_marker_processor(jpeg, MARKER_PROFILE, meet_marker);
	jpeg_set_marker_processor(jpeg, MARKER_IPTC, meet_marker);
}

static void move(struct buffer *to, struct buffer *from)
{
	*to = *from;
	*from = (struct buffer){0};
}

void jpeg_markers_take(struct jpeg_markers *markers, struct picture *picture)
{
	struct buffer *profile = &picture->space.profile;

	move(&picture->metadata.exif, &markers->exif);
	move(&picture->metadata.xmp, &markers->xmp);
	move(&picture->metadata.iptc, &markers->iptc);
	for (unsigned i = 1; i <= markers->profile_pieces; i++) {
		const struct buffer *piece = &markers->profile[i];

		if (!piece->length) {
			buffer_clear(profile);
			return;
		}
		buffer_append(profile, piece->bytes, piece->length);
	}
}

void jpeg_markers_release(struct jpeg_markers *markers)
{
	buffer_release(&markers->segment);
	buffer_release(&markers->exif);
	buffer_release(&markers->xmp);
	buffer_release(&markers->iptc);
	for (size_t i = 0; i < 256; i++)
		buffer_release(&markers->profile[i]);
}

static void write_marker(j_compress_ptr jpeg, int marker, const char *head, size_t head_size,
	const struct buffer *block)
{
	if (!block->length || block->length > LONGEST_MARKER - head_size)
		return;
	jpeg_write_m_header(jpeg, marker, (unsigned)(head_size + block->length));
	for (size_t i = 0; i < head_size; i++)
		jpeg_write_m_byte(jpeg, head[i]);
	for (size_t i = 0; i < block->length; i++)
		jpeg_write_m_byte(jpeg, (unsigned char)block->bytes[i]);
}

void jpeg_markers_write(j_compress_ptr jpeg, const struct metadata *metadata)
{
	write_marker(jpeg, MARKER_EXIF, exif_head, sizeof(exif_head), &metadata->exif);
	write_marker(jpeg, MARKER_EXIF, xmp_head, sizeof(xmp_head), &metadata->xmp);
	write_marker(jpeg, MARKER_IPTC, "", 0, &metadata->iptc);
}
