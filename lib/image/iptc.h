#ifndef IMAGE_IPTC_H
#define IMAGE_IPTC_H

struct buffer;

/* Numbers of IPTC's application record (IIM 4.2, section 6): who made the picture, whose it is. */
enum iptc_dataset { IPTC_BYLINE = 80, IPTC_COPYRIGHT = 116 };

/* Append the first text of `dataset` to `text`, out of Photoshop's image resources as JPEG's APP13
 * holds them; nothing if there is none, or the block is broken. */
void iptc_text(const struct buffer *resources, enum iptc_dataset dataset, struct buffer *text);

#endif
