#ifndef VISION_RUNTIME_H
#define VISION_RUNTIME_H

#include <stddef.h>

/*
 * What a library that runs neural networks has to do. It sits in a module of its own, a shared
 * object that network.c opens when a network is asked for, so that nothing else loads or needs the
 * library. A module is one file, which fills this structure. Networks are ONNX files.
 */

#ifdef __cplusplus
extern "C" {
#endif

/* Grows when the structure changes. */
enum { RUNTIME_VERSION = 1 };

/* An output, by its name in the file. */
struct runtime_output {
	const char *name;
	size_t count;	     /* of values that it must have */
	const float *values; /* the network's, until it runs again or is closed */
};

/* On failure `why` gets a text of at most `why_size` bytes. */
struct runtime {
	int version; /* RUNTIME_VERSION */
	/* Read the network at `path`. It, and all that were opened before, are run by so many
	 * threads. NULL if it can't be. */
	void *(*open)(const char *path, int threads, char *why, size_t why_size);
	/* Return whether it has an output of that name. */
	int (*has_output)(void *network, const char *name);
	/* Put `shape`, batch, channels, height, width, of floats into the input "input", and set
	 * the values of the outputs. -1 if the network has no such, of such counts, or fails. Not
	 * from two threads at once. */
	int (*run)(void *network, const float *input, const int shape[4],
		struct runtime_output *outputs, size_t output_count, char *why, size_t why_size);
	void (*close)(void *network);
};

extern const struct runtime imgpl_runtime;

#ifdef __cplusplus
}
#endif

#endif
