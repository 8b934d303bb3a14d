#ifndef STORE_ITEMS_H
#define STORE_ITEMS_H

#include <stdbool.h>
#include <stddef.h>

struct buffer;
struct error;
struct json_object;
struct row;

/*
 * The rows of several keys, as DynamoDB's BatchGetItem takes and gives them:
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
 */

/* What is asked for. Borrowed. */
struct items {
	const char *table;
	const char *const *keys; /* a NULL is passed over */
	size_t count;		 /* of keys and of rows */
	struct row *rows;	 /* empty, until the item of their key is read */
};

/* Append the input that asks for all keys, each once, since DynamoDB wants it so. Return how many
 * that are: with 0 there is nothing to ask for. */
size_t items_ask(const struct items *items, struct buffer *json);

/* Fill the rows of those keys that the answer has items of (item.h). `complete` says whether the
 * others have none, or were left for another call. On -1 some rows may be filled; Imgpl.Transient
 * if it is no such answer. */
int items_read(
	const struct items *items, struct json_object *answer, bool *complete, struct error *err);

#endif
