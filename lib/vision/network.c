#include "vision/network.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"

struct network_library {
	void *handle;
	const struct runtime *runtime;
};

struct network {
	const struct runtime *runtime;
	void *state;
	struct network_input input;
	float *room;
	char *path;
};

/* A symbol of the module, once it is open. */
static int find_runtime(struct network_library *library, const char *path, struct error *err)
{
	library->runtime = dlsym(library->handle, "imgpl_runtime");
	if (!library->runtime)
		return error_invalid(err, "%s: is no module of imgpl's", path);
	if (library->runtime->version != RUNTIME_VERSION)
		return error_invalid(err, "%s: is of another version of imgpl", path);
	return 0;
}

struct network_library *network_library_open(const char *directory, struct error *err)
{
	struct network_library *library = memory_new(1, sizeof(*library));
	struct buffer path = {0};
	int rc;

	buffer_format(&path, "%s/opencv.so", directory);
	if (access(path.bytes, F_OK)) {
		rc = error_invalid(err,
			"the local labeler was not built, since OpenCV was missing: 'make labels' "
			"installs it (libopencv-dnn-dev) and builds it (no %s)",
			path.bytes);
		goto out;
	}
	library->handle = dlopen(path.bytes, RTLD_NOW | RTLD_LOCAL);
	if (!library->handle)
		rc = error_invalid(err,
			"the local labeler needs OpenCV's dnn, in Debian 12 the package "
			"libopencv-dnn406: %s",
			dlerror());
	else
		rc = find_runtime(library, path.bytes, err);
out:
	buffer_release(&path);
	if (rc == 0)
		return library;
	network_library_free(library);
	return NULL;
}

void network_library_free(struct network_library *library)
{
	if (library && library->handle)
		dlclose(library->handle);
	free(library);
}

static int check_outputs(const struct network *network, struct error *err)
{
	for (size_t i = 0; i < 2; i++) {
		const char *name = network->input.outputs[i];

		if (name && !network->runtime->has_output(network->state, name))
			return error_invalid(err, "%s: is another network: it has no output '%s'",
				network->path, name);
	}
	return 0;
}

struct network *network_open(const struct network_library *library, const char *directory,
	const char *name, const struct network_input *input, int threads, struct error *err)
{
	struct network *network = memory_new(1, sizeof(*network));
	struct buffer path = {0};
	char why[256] = "";

	buffer_format(&path, "%s/%s", directory, name);
	network->path = path.bytes;
	network->runtime = library->runtime;
	network->input = *input;
	network->room = memory_new(3 * (size_t)input->side * (size_t)input->side, sizeof(float));
	if (access(network->path, R_OK)) {
		error_errno(err, network->path);
		goto fail;
	}
	network->state = network->runtime->open(network->path, threads, why, sizeof(why));
	if (!network->state)
		error_invalid(err, "%s: is no network that can be run: %s", network->path, why);
	else if (check_outputs(network, err) == 0)
		return network;
fail:
	network_free(network);
	return NULL;
}

void network_free(struct network *network)
{
	if (!network)
		return;
	if (network->state)
		network->runtime->close(network->state);
	free(network->room);
	free(network->path);
	free(network);
}

float *network_room(struct network *network)
{
	return network->room;
}

int network_run(struct network *network, struct runtime_output *outputs, size_t output_count,
	struct error *err)
{
	const int shape[4] = {1, 3, network->input.side, network->input.side};
	char why[256] = "";

	if (network->runtime->run(
		    network->state, network->room, shape, outputs, output_count, why, sizeof(why)))
		return error_internal(err, "%s: %s", network->path, why);
	return 0;
}
