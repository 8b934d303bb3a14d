#include "image/metadata.h"

#include <string.h>

#include "image/exif.h"
#include "image/iptc.h"

static void keep_rights(struct metadata *kept, const struct metadata *metadata)
{
	const struct buffer *exif = &metadata->exif;
	struct buffer artist = {0}, copyright = {0};

	exif_rights((const unsigned char *)exif->bytes, exif->length, &artist, &copyright);
	if (!artist.length)
		buffer_append(&artist, metadata->artist.bytes, metadata->artist.length);
	if (!copyright.length)
		buffer_append(&copyright, metadata->copyright.bytes, metadata->copyright.length);
	if (!artist.length)
		iptc_text(&metadata->iptc, IPTC_BYLINE, &artist);
	if (!copyright.length)
		iptc_text(&metadata->iptc, IPTC_COPYRIGHT, &copyright);
	exif_write_rights(&kept->exif, &artist, &copyright);
	buffer_release(&artist);
	buffer_release(&copyright);
}

/* XMP says the orientation too, as an attribute or an element of one digit. */
static void set_xmp_upright(struct buffer *xmp)
{
	static const char name[] = "tiff:Orientation";
	char *at = xmp->bytes, *end = xmp->bytes + xmp->length;

	while (at && (at = strstr(at, name)) != NULL) {
		at += sizeof(name) - 1;
		while (at < end && strchr("=\"'> \t\r\n", *at) && *at)
			at++;
		if (at < end && *at >= '2' && *at <= '8')
			*at = '1';
	}
}

static void keep_all(struct metadata *kept, const struct metadata *metadata)
{
	buffer_append(&kept->exif, metadata->exif.bytes, metadata->exif.length);
	exif_set_upright((unsigned char *)kept->exif.bytes, kept->exif.length);
	buffer_append(&kept->xmp, metadata->xmp.bytes, metadata->xmp.length);
	set_xmp_upright(&kept->xmp);
	buffer_append(&kept->iptc, metadata->iptc.bytes, metadata->iptc.length);
	if (!kept->exif.length)
		exif_write_rights(&kept->exif, &metadata->artist, &metadata->copyright);
}

void metadata_keep(struct metadata *kept, const struct metadata *metadata, enum image_keep keep)
{
	if (keep == KEEP_COPYRIGHT)
		keep_rights(kept, metadata);
	else if (keep == KEEP_ALL)
		keep_all(kept, metadata);
}

void metadata_release(struct metadata *metadata)
{
	buffer_release(&metadata->exif);
	buffer_release(&metadata->xmp);
	buffer_release(&metadata->iptc);
	buffer_release(&metadata->artist);
	buffer_release(&metadata->copyright);
}
