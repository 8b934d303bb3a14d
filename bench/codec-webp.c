/* codec-webp QUALITY WIDTH HEIGHT WEBP PLANES OUT: what libwebp alone takes to make a WebP of that
 * size of a lossy WebP, and so the least that a resizer
 * can take that leaves all of that to it: decode it, throw that away, and
 * encode PLANES, which is the picture resized beforehand: its luma, and its chroma at half the
 * width and height. To have libwebp shrink the picture while it decodes it would take longer. */
#include <stdio.h>
#include <stdlib.h>

#include <webp/decode.h>
#include <webp/encode.h>

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static unsigned char *read_file(const char *path, size_t *length)
{
	FILE *in = fopen(path, "rb");
	unsigned char *bytes;
	long end;

	if (!in || fseek(in, 0, SEEK_END) || (end = ftell(in)) < 0 || fseek(in, 0, SEEK_SET))
		fail(path);
	*length = (size_t)end;
	bytes = malloc(*length);
	if (!bytes || fread(bytes, 1, *length, in) != *length)
		fail(path);
	fclose(in);
	return bytes;
}

static void decode(const char *path)
{
	WebPDecoderConfig config;
	size_t length;
	unsigned char *bytes = read_file(path, &length);

	if (!WebPInitDecoderConfig(&config))
		fail(path);
	config.output.colorspace = MODE_YUV;
	if (WebPDecode(bytes, length, &config) != VP8_STATUS_OK)
		fail(path);
	WebPFreeDecBuffer(&config.output);
	free(bytes);
}

static void encode(const char *path, int width, int height, int quality, const char *out_path)
{
	WebPConfig config;
	WebPPicture picture;
	WebPMemoryWriter writer;
	FILE *out = fopen(out_path, "wb");
	int half = (width + 1) / 2, half_height = (height + 1) / 2;
	size_t luma = (size_t)width * (size_t)height, chroma = (size_t)half * (size_t)half_height;
	size_t length;
	unsigned char *planes = read_file(path, &length);

	if (!out || length != luma + 2 * chroma || !WebPPictureInit(&picture) ||
		!WebPConfigPreset(&config, WEBP_PRESET_DEFAULT, (float)quality))
		fail(path);
	WebPMemoryWriterInit(&writer);
	picture.width = width;
	picture.height = height;
	picture.y = planes;
	picture.u = planes + luma;
	picture.v = planes + luma + chroma;
	picture.y_stride = width;
	picture.uv_stride = half;
	picture.writer = WebPMemoryWrite;
	picture.custom_ptr = &writer;
	if (!WebPEncode(&config, &picture) ||
		fwrite(writer.mem, 1, writer.size, out) != writer.size || fclose(out))
		fail(out_path);
	WebPMemoryWriterClear(&writer);
	WebPPictureFree(&picture);
	free(planes);
}

int main(int argc, char **argv)
{
	if (argc != 7) {
		fprintf(stderr, "usage: codec-webp QUALITY WIDTH HEIGHT WEBP PLANES OUT\n");
		return 2;
	}
	decode(argv[4]);
	encode(argv[5], atoi(argv[2]), atoi(argv[3]), atoi(argv[1]), argv[6]);
	return 0;
}
