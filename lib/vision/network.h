#ifndef VISION_NETWORK_H
#define VISION_NETWORK_H

#include <stddef.h>

#include "vision/runtime.h"

struct error;
struct network_library;

/* A neural network that takes one square picture. */
struct network;

/* How a network wants its pixels: (sample - zero) / scale, in three planes, red, green, blue, of
 * `side` x `side`. */
struct network_input {
	int side;
	float zero, scale;
	const char *outputs[2]; /* that it must have */
};

/* Open the library that runs networks: the module opencv.so in the folder `directory`. NULL with
 * `err` filled if it is missing, or what it needs is: the text says what to do. Free with
 * network_library_free(), after its networks; it takes NULL. */
struct network_library *network_library_open(const char *directory, struct error *err);
void network_library_free(struct network_library *library);

/* Read the network of the file `name` in `directory`, to be run by `threads` threads. NULL with
 * `err` filled, naming the file, if it is missing or can't be read. Free with network_free(), which
 * takes NULL. */
struct network *network_open(const struct network_library *library, const char *directory,
	const char *name, const struct network_input *input, int threads, struct error *err);
void network_free(struct network *network);

/* Return the room for the input, to be filled before each run: 3 x side x side floats. */
float *network_room(struct network *network);

/* Run it, and set the values of `outputs`, whose names and counts are set. Not from two threads at
 * once. On -1 `err` names the file. */
int network_run(struct network *network, struct runtime_output *outputs, size_t output_count,
	struct error *err);

#endif
