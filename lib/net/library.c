#include "net/library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#include "base/error.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int find_symbols(const struct library *library, void *handle, struct error *err)
{
	for (size_t i = 0; i < library->symbol_count; i++) {
		void *found = dlsym(handle, library->symbols[i].name);

		if (!found)
			return error_internal(err, "%s: is too old or too new: it lacks %s",
				library->file, library->symbols[i].name);
		memcpy(library->symbols[i].slot, &found, sizeof(found));
	}
	return 0;
}

static int open_locked(struct library *library, struct error *err)
{
	void *handle;

	if (library->handle)
		return 0;
	handle = dlopen(library->file, RTLD_NOW | RTLD_LOCAL);
	if (!handle)
		return error_internal(err, "needs %s, in Debian the package %s: %s", library->file,
			library->package, dlerror());
	if (find_symbols(library, handle, err)) {
		dlclose(handle);
		return -1;
	}
	library->handle = handle;
	return 0;
}

int library_open(struct library *library, struct error *err)
{
	int rc;

	pthread_mutex_lock(&lock);
	rc = open_locked(library, err);
	pthread_mutex_unlock(&lock);
	return rc;
}
