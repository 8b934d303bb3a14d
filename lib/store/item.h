#ifndef STORE_ITEM_H
#define STORE_ITEM_H

#include <stddef.h>

struct buffer;
struct error;
struct json_object;
struct row;

/*
 * A row as an item of a DynamoDB table, whose hash key is image_key. What the row has are
 * attributes of the same names: strings, those that are JSON too, since a table keeps neither the
 * order of members nor how a number was written; and expires_at, a number, as DynamoDB's own expiry
 * wants it. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
 */

/* Fill `row`, which is empty, with what `item` says, and pass over attributes that no row has. -1
 * with `err` filled, Imgpl.Internal, if that is no row: an attribute is of another type, not JSON
 * in one line where it should be, or missing where a row can't be without.
 * Then `row` stays empty. */
int item_read(struct json_object *item, struct row *row, struct error *err);

/* Return how many bytes the row takes as an item, as DynamoDB counts them, give or take two.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
size_t item_bytes(const struct row *row);

/* Append to an UpdateItem that is being written what puts `row` where `old`, as item_read() told
 * it, still stands, or where there is nothing if `old` was not found. Attributes that no row has
 * stay. What has to be as it was is all that decides which of two rows stays (row.h); for the JSON
 * that COMPLETE rows may differ in stands created_at. */
void item_update(const struct row *row, const struct row *old, struct buffer *json);

#endif
