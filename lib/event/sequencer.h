#ifndef EVENT_SEQUENCER_H
#define EVENT_SEQUENCER_H

struct buffer;

/* Compare two sequencers of one key as S3 has it: the shorter is padded with zeros on the right,
 * then they compare as text. Return less than, equal to or more than 0; either being NULL is
 * equal. https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
int sequencer_compare(const char *a, const char *b);

/* Append a sequencer that is greater than `last`, whatever that is: if it ends in hexadecimal
 * digits, in upper case, the next number of as many digits. */
void sequencer_next(struct buffer *next, const char *last);

#endif
