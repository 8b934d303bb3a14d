#include "image/exif.h"
#include "image/iptc.h"
#include "picture.h"

static const char xmp[] = "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:Description "
			  "tiff:Orientation=\"6\" dc:title=\"Secret place\"/></x:xmpmeta>";

/* Big-endian numbers. */
static void put16(struct buffer *to, unsigned value)
{
	buffer_byte(to, (char)(value >> 8));
	buffer_byte(to, (char)value);
}

static void put_entry(
	struct buffer *to, unsigned tag, unsigned type, unsigned count, unsigned value)
{
	put16(to, tag);
	put16(to, type);
	put16(to, 0);
	put16(to, count);
	put16(to, type == 3 ? value : 0);
	put16(to, type == 3 ? 0 : value);
}

/* What a camera writes: orientation 6, who made it, whose it is, where it was, a thumbnail. */
static void camera_exif(struct buffer *exif)
{
	static const char artist[] = "Ada Lovelace", copyright[] = "(c) 2024 Ada",
			  gps[] = "GPS51.5";
	unsigned texts = 8 + 2 + 4 * 12 + 4;

	buffer_append(exif, "MM\0*\0\0\0\10", 8);
	put16(exif, 4);
	put_entry(exif, 0x0112, 3, 1, 6);
	put_entry(exif, 0x013b, 2, sizeof(artist), texts);
	put_entry(exif, 0x8298, 2, sizeof(copyright), texts + sizeof(artist));
	put_entry(exif, 0x8825, 2, sizeof(gps), texts + sizeof(artist) + sizeof(copyright));
	put16(exif, 0);
	put16(exif, 0);
	buffer_append(exif, artist, sizeof(artist));
	buffer_append(exif, copyright, sizeof(copyright));
	buffer_append(exif, gps, sizeof(gps));
	buffer_append(exif, "\xff\xd8THUMBNAIL", 11);
}

static void put_marker(struct buffer *file, int marker, const void *head, size_t head_size,
	const void *bytes, size_t size)
{
	struct buffer segment = {0};

	buffer_append(&segment, "\xff", 1);
	buffer_byte(&segment, (char)marker);
	put16(&segment, (unsigned)(2 + head_size + size));
	buffer_append(&segment, head, head_size);
	buffer_append(&segment, bytes, size);
	buffer_replace(file, 2, 0, segment.bytes, segment.length);
	buffer_release(&segment);
}

/* Photoshop's resources with IPTC's by-line and copyright, as APP13 has them. */
static void iptc_block(struct buffer *block)
{
	static const char records[] = "\x1c\x02\x50\0\7Mary S."
				      "\x1c\x02\x74\0\6(c) MS";

	buffer_append(block,
		"Photoshop 3.0\0"
		"8BIM\x03\xed\0\0\0\0\0\2\1\1"
		"8BIM\x04\x04\0\0\0\0\0",
		14 + 14 + 11);
	buffer_byte(block, sizeof(records) - 1);
	buffer_append(block, records, sizeof(records) - 1);
}

static void make(enum image_format format, struct buffer *file)
{
	struct pixels picture = picture_new(PIXELS_RGB, 40, 30);
	struct buffer exif = {0}, chunks = {0}, plain = {0}, iptc = {0};

	camera_exif(&exif);
	iptc_block(&iptc);
	if (format == IMAGE_JPEG) {
		picture_to_jpeg(&picture, NULL, file);
		put_marker(file, 0xfe, "", 0, "a comment", 9);
		put_marker(file, 0xed, "", 0, iptc.bytes, iptc.length);
		put_marker(file, 0xe1, "http://ns.adobe.com/xap/1.0/", 29, xmp, sizeof(xmp) - 1);
		put_marker(file, 0xe1, "Exif\0", 6, exif.bytes, exif.length);
	} else if (format == IMAGE_PNG) {
		struct buffer text = {0};

		buffer_append(&text, "XML:com.adobe.xmp\0\0\0\0", 22);
		buffer_text(&text, xmp);
		picture_to_png(&picture, file);
		png_put_chunk(file, PNG_IEND(file), "iTXt", text.bytes, text.length);
		png_put_chunk(file, PNG_IEND(file), "eXIf", exif.bytes, exif.length);
		png_put_chunk(file, PNG_AFTER_IHDR, "tEXt", "Comment\0a comment", 17);
		buffer_release(&text);
	} else {
		picture_to_webp(&picture, 0, &plain);
		buffer_append(&chunks, plain.bytes + 12, plain.length - 12);
		webp_put_chunk(&chunks, "EXIF", exif.bytes, exif.length);
		webp_put_chunk(&chunks, "XMP ", xmp, sizeof(xmp) - 1);
		webp_extend(file, 0x0c, picture.size, &chunks);
	}
	buffer_release(&exif);
	buffer_release(&iptc);
	buffer_release(&chunks);
	buffer_release(&plain);
	pixels_release(&picture);
}

static int holds(const struct buffer *file, const char *text)
{
	size_t length = strlen(text);

	for (size_t at = 0; at + length <= file->length; at++)
		if (memcmp(file->bytes + at, text, length) == 0)
			return 1;
	return 0;
}

/* Render every format as every format; hand each result to `check`. */
static void each(enum image_keep keep, void (*check)(const struct buffer *out, int to))
{
	for (int from = IMAGE_JPEG; from <= IMAGE_WEBP; from++)
		for (int to = IMAGE_JPEG; to <= IMAGE_WEBP; to++) {
			struct rendition rendition = {
				.box = {20, 20}, .format = (enum image_format)to, .quality = 80};
			struct buffer file = {0}, out = {0};
			struct error err = {0};
			struct opened opened;

			make((enum image_format)from, &file);
			assert_int_equal(picture_render(&file, &rendition, keep, &out, &err), 0);
			opened = picture_open(&out);
			assert_int_equal(image_info(opened.image)->orientation, 1);
			assert_int_equal(image_info(opened.image)->size.width, 15);
			picture_close(&opened);
			check(&out, to);
			buffer_release(&file);
			buffer_release(&out);
		}
}

static void has_nothing(const struct buffer *out, int to)
{
	static const char *const texts[] = {"GPS51.5", "THUMB", "Ada", "Secret", "Exif", "EXIF",
		"eXIf", "xmp", "XMP", "Photoshop", "Mary", "comment", "VP8X", "tEXt", "iTXt"};

	(void)to;
	for (size_t i = 0; i < COUNT(texts); i++)
		assert_false(holds(out, texts[i]));
}

static void has_rights_alone(const struct buffer *out, int to)
{
	static const char *const texts[] = {
		"GPS51.5", "THUMB", "Secret", "xmp", "Photoshop", "Mary", "comment"};

	assert_true(holds(out, "Ada Lovelace"));
	assert_true(holds(out, "(c) 2024 Ada"));
	for (size_t i = 0; i < COUNT(texts); i++)
		assert_false(holds(out, texts[i]));
	assert_true(holds(out, to == IMAGE_JPEG ? "Exif" : to == IMAGE_PNG ? "eXIf" : "EXIF"));
}

static void has_everything(const struct buffer *out, int to)
{
	assert_true(holds(out, "GPS51.5"));
	assert_true(holds(out, "THUMB"));
	assert_true(holds(out, "Ada Lovelace"));
	assert_true(holds(out, "Secret place"));
	assert_true(holds(out, "tiff:Orientation=\"1\""));
	(void)to;
}

TEST(nothing_of_the_metadata_is_left)
{
	each(KEEP_NONE, has_nothing);
}

TEST(the_rights_alone_can_be_kept)
{
	each(KEEP_COPYRIGHT, has_rights_alone);
}

TEST(everything_can_be_kept_but_the_orientation)
{
	each(KEEP_ALL, has_everything);
}

TEST(rights_are_found_where_there_is_no_exif)
{
	static const struct rendition rendition = {.box = {20, 20}, .quality = 80};
	struct pixels picture = picture_new(PIXELS_RGB, 40, 30);
	struct buffer iptc = {0}, jpeg = {0}, png = {0}, out = {0};
	struct error err = {0};

	iptc_block(&iptc);
	picture_to_jpeg(&picture, NULL, &jpeg);
	put_marker(&jpeg, 0xed, "", 0, iptc.bytes, iptc.length);
	assert_int_equal(picture_render(&jpeg, &rendition, KEEP_COPYRIGHT, &out, &err), 0);
	assert_true(holds(&out, "Mary S."));
	assert_true(holds(&out, "(c) MS"));
	buffer_clear(&out);
	picture_to_png(&picture, &png);
	png_put_chunk(&png, PNG_AFTER_IHDR, "tEXt", "Author\0Ren\xe9", 11);
	png_put_chunk(&png, PNG_AFTER_IHDR, "iTXt", "Copyright\0\0\0\0\0(c) R", 19);
	assert_int_equal(picture_render(&png, &rendition, KEEP_COPYRIGHT, &out, &err), 0);
	assert_true(holds(&out, "Ren\xc3\xa9"));
	assert_true(holds(&out, "(c) R"));
	buffer_release(&iptc);
	buffer_release(&jpeg);
	buffer_release(&png);
	buffer_release(&out);
	pixels_release(&picture);
}

TEST(an_exif_block_cut_or_spoilt_anywhere_does_no_harm)
{
	struct buffer exif = {0}, artist = {0}, copyright = {0};

	camera_exif(&exif);
	for (size_t size = 0; size <= exif.length; size++) {
		/* a copy of just that size, so that reading past it is caught */
		unsigned char *cut = malloc(size ? size : 1);

		memcpy(cut, exif.bytes, size);
		for (size_t at = 0; at < size; at++) {
			cut[at] ^= 0xff;
			exif_orientation(cut, size);
			exif_rights(cut, size, &artist, &copyright);
			exif_set_upright(cut, size);
			memcpy(cut, exif.bytes, size);
		}
		free(cut);
	}
	buffer_release(&exif);
	buffer_release(&artist);
	buffer_release(&copyright);
}

TEST(iptc_cut_or_spoilt_anywhere_does_no_harm)
{
	struct buffer whole = {0}, text = {0};

	iptc_block(&whole);
	for (size_t size = 0; size <= whole.length; size++)
		for (size_t at = 0; at < size; at++) {
			struct buffer cut = {.bytes = malloc(size), .length = size};

			memcpy(cut.bytes, whole.bytes, size);
			cut.bytes[at] = (char)~cut.bytes[at];
			iptc_text(&cut, IPTC_COPYRIGHT, &text);
			free(cut.bytes);
		}
	buffer_release(&whole);
	buffer_release(&text);
}

TEST(short_texts_stand_in_their_entries)
{
	struct buffer block = {0}, name = {0}, artist = {0}, copyright = {0};
	static const char *const names[] = {"A", "AB", "ABC", "ABCD", "ABCDE"};

	for (size_t i = 0; i < COUNT(names); i++) {
		buffer_clear(&name);
		buffer_clear(&block);
		buffer_clear(&artist);
		buffer_clear(&copyright);
		buffer_text(&name, names[i]);
		exif_write_rights(&block, &name, &name);
		exif_rights((const unsigned char *)block.bytes, block.length, &artist, &copyright);
		assert_string_equal(artist.bytes, names[i]);
		assert_string_equal(copyright.bytes, names[i]);
	}
	buffer_release(&block);
	buffer_release(&name);
	buffer_release(&artist);
	buffer_release(&copyright);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_of_the_metadata_is_left),
		cmocka_unit_test(the_rights_alone_can_be_kept),
		cmocka_unit_test(everything_can_be_kept_but_the_orientation),
		cmocka_unit_test(rights_are_found_where_there_is_no_exif),
		cmocka_unit_test(an_exif_block_cut_or_spoilt_anywhere_does_no_harm),
		cmocka_unit_test(iptc_cut_or_spoilt_anywhere_does_no_harm),
		cmocka_unit_test(short_texts_stand_in_their_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
