#ifndef EVENT_SEQUENCER_H
#define EVENT_SEQUENCER_H

/* Compare two sequencers of one key as S3 has it: the shorter is padded with zeros on the right,
 * then they compare as text. Return less than, equal to or more than 0; either being NULL is
 * equal. https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
int sequencer_compare(const char *a, const char *b);

#endif
