#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/record.h"
#include "base/stream.h"
#include "scratch.h"
#include "store/object.h"

static struct object_store *open_store(const char *url)
{
	struct error err = {0};
	struct object_store *store = object_store_open(url, NULL, &err);

	assert_string_equal(err.text, "");
	assert_non_null(store);
	return store;
}

static int read_object(
	const struct object_name *name, uint64_t max_bytes, char text[4096], struct error *err)
{
	struct object_store *store = open_store("file:store");
	struct stream in = {0};
	ssize_t length = -1;

	if (object_open(store, name, max_bytes, &in, err) == 0)
		length = stream_read(&in, text, 4095, err);
	if (length >= 0)
		text[length] = '\0';
	stream_close(&in);
	object_store_free(store);
	return length < 0 ? -1 : 0;
}

static int write_object(const struct object_name *name, const char *text, struct error *err)
{
	struct object_store *store = open_store("file:store");
	struct stream out = {0};
	int rc = -1;

	if (object_create(store, name, "image/jpeg", &out, err) == 0 &&
		stream_write(&out, text, strlen(text), err) == 0)
		rc = stream_commit(&out, err);
	stream_close(&out);
	object_store_free(store);
	return rc;
}

static void check_written(const char *key, const char *text)
{
	struct error err = {0};

	assert_int_equal(write_object(&(struct object_name){.key = key}, text, &err), 0);
	assert_string_equal(err.text, "");
}

/* Check that neither reading nor writing `key` is allowed, for the reason given. */
static void check_refused(const char *bucket, const char *key, const char *why)
{
	struct object_name name = {.bucket = bucket, .key = key};
	struct error err = {0};
	char text[4096];

	assert_int_equal(read_object(&name, 0, text, &err), -1);
	assert_string_equal(err.text, why);
	assert_int_equal(err.type, ERROR_INVALID);
	err = (struct error){0};
	assert_int_equal(write_object(&name, "x", &err), -1);
	assert_string_equal(err.text, why);
	assert_int_equal(err.type, ERROR_INVALID);
}

static int make_store(void **state)
{
	return scratch_make(state) || mkdir("store", 0777);
}

TEST(what_is_written_is_read_back)
{
	struct error err = {0};
	char text[4096];

	check_written("a/b/c.jpg", "first");
	check_written("a/b/c.jpg", "second");
	assert_int_equal(read_object(&(struct object_name){.key = "a/b/c.jpg"}, 0, text, &err), 0);
	assert_string_equal(text, "second");
	scratch_check("store/a/b/c.jpg", "second");
	scratch_check_output("cd store; find . | LC_ALL=C sort", ".\n./a\n./a/b\n./a/b/c.jpg\n");
}

TEST(a_bucket_is_a_directory_above_the_key)
{
	struct object_name name = {.bucket = "photos", .key = "k.jpg"};
	struct error err = {0};
	char text[4096];

	assert_int_equal(write_object(&name, "x", &err), 0);
	scratch_check("store/photos/k.jpg", "x");
	assert_int_equal(read_object(&name, 0, text, &err), 0);
	check_refused("", "k.jpg", "/k.jpg: the bucket has an empty part");
	check_refused("..", "k.jpg", "../k.jpg: the bucket has the part \"..\"");
	check_refused("a/b", "k.jpg", "a/b/k.jpg: the bucket has a \"/\"");
}

TEST(a_key_that_could_lead_out_of_the_store_is_refused)
{
	char name[300], key[1100], shown[512];

	check_refused(NULL, "", "\"\": the key has an empty part");
	check_refused(NULL, "/etc/passwd", "/etc/passwd: the key has an empty part");
	check_refused(NULL, "a//b", "a//b: the key has an empty part");
	check_refused(NULL, "a/", "a/: the key has an empty part");
	check_refused(NULL, ".", ".: the key has the part \".\"");
	check_refused(NULL, "a/./b", "a/./b: the key has the part \".\"");
	check_refused(NULL, "..", "..: the key has the part \"..\"");
	check_refused(NULL, "../x", "../x: the key has the part \"..\"");
	check_refused(NULL, "a/../../x", "a/../../x: the key has the part \"..\"");
	check_refused(NULL, "a/..", "a/..: the key has the part \"..\"");
	check_refused(NULL, ".imgpl-0123.tmp",
		".imgpl-0123.tmp: the key has a part with the name of a temporary file");
	memset(name, 'n', 256);
	name[256] = '\0';
	snprintf(shown, sizeof(shown),
		"%.126s\xe2\x80\xa6%.126s: the key has a part of more than"
		" 255 bytes",
		name, name);
	check_refused(NULL, name, shown);
	for (size_t i = 0; i < 1025; i++)
		key[i] = i % 2 ? '/' : 'k';
	key[1025] = '\0';
	snprintf(shown, sizeof(shown), "%.126s\xe2\x80\xa6%.126s: the key has more than 1024 bytes",
		key, key + 1025 - 126);
	check_refused(NULL, key, shown);
	scratch_check_output("find . | LC_ALL=C sort", ".\n./store\n");
}

TEST(names_that_only_look_dangerous_are_fine)
{
	static const char *const keys[] = {"...", "..a/b", "-rf", "a b", "a\nb", "100%", "a+b", "~",
		"\xc3\xa4.jpg", ".hidden/a", "\\", "a:b", "*"};

	for (size_t i = 0; i < COUNT(keys); i++)
		check_written(keys[i], "x");
}

TEST(a_key_may_have_1024_bytes_and_a_name_255)
{
	char key[1025];

	memset(key, 'n', sizeof(key));
	for (size_t i = 255; i < 1024; i += 256)
		key[i] = '/';
	key[1000] = '/';
	key[1023] = 'e';
	key[1024] = '\0';
	check_written(key, "x");
}

TEST(no_symbolic_link_is_followed)
{
	assert_int_equal(mkdir("outside", 0777), 0);
	assert_int_equal(mkdir("store/a", 0777), 0);
	scratch_write("outside/secret", "secret");
	assert_int_equal(symlink("../outside/secret", "store/link"), 0);
	assert_int_equal(symlink("../outside", "store/dir"), 0);
	assert_int_equal(symlink("../../outside", "store/a/dir"), 0);
	assert_int_equal(symlink("nowhere", "store/dangling"), 0);
	check_refused(NULL, "link", "link: is a symbolic link");
	check_refused(NULL, "dangling", "dangling: is a symbolic link");
	check_refused(NULL, "dir/secret", "dir/secret: a directory on the way is a symbolic link");
	check_refused(
		NULL, "a/dir/secret", "a/dir/secret: a directory on the way is a symbolic link");
	check_refused(NULL, "a/dir/new/secret",
		"a/dir/new/secret: a directory on the way is a symbolic link");
	check_refused("dir", "secret", "dir/secret: a directory on the way is a symbolic link");
	scratch_check("outside/secret", "secret");
	scratch_check_output("ls outside", "secret\n");
}

TEST(a_link_under_the_temporary_name_is_replaced_and_not_followed)
{
	scratch_write("outside", "secret");
	/* FNV-1a of "a" */
	assert_int_equal(symlink("../outside", "store/.imgpl-af63dc4c8601ec8c-0.tmp"), 0);
	check_written("a", "x");
	assert_int_equal(link("outside", "store/.imgpl-af63dc4c8601ec8c-0.tmp"), 0);
	check_written("a", "y");
	scratch_check("outside", "secret");
	scratch_check_output("ls -A store", "a\n");
}

TEST(what_is_no_file_is_refused_without_waiting)
{
	assert_int_equal(mkdir("store/dir", 0777), 0);
	assert_int_equal(mkfifo("store/fifo", 0666), 0);
	scratch_write("store/file", "x");
	check_refused(NULL, "dir", "dir: is a directory");
	check_refused(NULL, "fifo", "fifo: is a FIFO");
	check_refused(NULL, "file/x", "file/x: Not a directory");
}

TEST(a_missing_object_is_named)
{
	struct error err = {0};
	char text[4096];

	assert_int_equal(
		read_object(&(struct object_name){.key = "no/such.jpg"}, 0, text, &err), -1);
	assert_string_equal(err.text, "no/such.jpg: No such file or directory");
	assert_int_equal(err.type, ERROR_INVALID);
}

TEST(a_store_that_is_not_there_is_named)
{
	struct error err = {0};

	assert_null(object_store_open("file:nowhere", NULL, &err));
	assert_string_equal(err.text, "the store's directory: nowhere: No such file or directory");
	assert_null(object_store_open("s4:bucket", NULL, &err));
	assert_string_equal(
		err.text, "s4:bucket: not a store, which is spelled file:DIR or s3:BUCKET");
	assert_null(object_store_open("store", NULL, &err));
	object_store_free(NULL);
}

TEST(the_store_itself_may_be_a_link)
{
	struct object_store *store;
	struct stream in = {0};
	struct error err = {0};

	check_written("a", "x");
	assert_int_equal(symlink("store", "way"), 0);
	store = open_store("file:way");
	assert_int_equal(object_open(store, &(struct object_name){.key = "a"}, 0, &in, &err), 0);
	stream_close(&in);
	object_store_free(store);
}

TEST(an_object_over_the_limit_is_refused)
{
	struct object_name name = {.key = "a"};
	struct error err = {0};
	char text[4096];

	check_written("a", "12345");
	assert_int_equal(read_object(&name, 5, text, &err), 0);
	assert_int_equal(read_object(&name, 4, text, &err), -1);
	assert_int_equal(err.type, ERROR_LIMIT);
	assert_string_equal(err.text, "a: 5 bytes, over the limit of 4");
}

TEST(an_object_that_grows_over_the_limit_is_not_read_on)
{
	struct object_store *store = open_store("file:store");
	struct stream in = {0};
	struct error err = {0};
	char bytes[16];

	check_written("a", "12345");
	assert_int_equal(object_open(store, &(struct object_name){.key = "a"}, 8, &in, &err), 0);
	scratch_write("store/a", "123456789");
	assert_int_equal(stream_read(&in, bytes, 8, &err), 8);
	assert_int_equal(stream_read(&in, bytes, 8, &err), -1);
	assert_int_equal(err.type, ERROR_LIMIT);
	assert_string_equal(err.text, "has grown over the limit of 8 bytes");
	stream_close(&in);
	object_store_free(store);
}

TEST(skipping_passes_over_bytes_and_past_the_end)
{
	struct object_store *store = open_store("file:store");
	struct stream in = {0};
	struct error err = {0};
	char bytes[16];

	check_written("a", "0123456789");
	assert_int_equal(object_open(store, &(struct object_name){.key = "a"}, 10, &in, &err), 0);
	assert_int_equal(stream_skip(&in, 3, &err), 0);
	assert_int_equal(stream_read(&in, bytes, 2, &err), 2);
	assert_memory_equal(bytes, "34", 2);
	assert_int_equal(stream_skip(&in, UINT64_MAX, &err), 0);
	assert_int_equal(stream_skip(&in, UINT64_MAX, &err), 0);
	assert_int_equal(stream_read(&in, bytes, 2, &err), 0);
	stream_close(&in);
	object_store_free(store);
}

TEST(what_is_not_committed_leaves_no_trace)
{
	struct object_store *store = open_store("file:store");
	struct stream out = {0};
	struct error err = {0};

	check_written("kept/a", "old");
	assert_int_equal(
		object_create(store, &(struct object_name){.key = "kept/a"}, "", &out, &err), 0);
	assert_int_equal(stream_write(&out, "new", 3, &err), 0);
	scratch_check("store/kept/a", "old");
	stream_close(&out);
	assert_int_equal(
		object_create(store, &(struct object_name){.key = "x/y/z/a"}, "", &out, &err), 0);
	assert_int_equal(stream_write(&out, "new", 3, &err), 0);
	stream_close(&out);
	assert_int_equal(
		object_create(store, &(struct object_name){.key = "kept/b/a"}, "", &out, &err), 0);
	stream_close(&out);
	scratch_check_output("cd store; find . | LC_ALL=C sort", ".\n./kept\n./kept/a\n");
	scratch_check("store/kept/a", "old");
	object_store_free(store);
}

/* Write one object many times, all of one letter. */
static void *write_often(void *letter)
{
	struct object_store *store = object_store_open("file:store", NULL, &(struct error){0});
	struct object_name name = {.bucket = "deep", .key = "in/there/a.jpg"};
	intptr_t failed = 0;
	char text[3000];

	memset(text, *(char *)letter, sizeof(text));
	for (int i = 0; i < 30; i++) {
		struct stream out = {0};
		struct error err = {0};

		if (object_create(store, &name, "", &out, &err) ||
			stream_write(&out, text, sizeof(text), &err) ||
			(i % 3 && stream_commit(&out, &err)))
			failed++;
		stream_close(&out);
	}
	object_store_free(store);
	return (void *)failed;
}

TEST(writers_of_one_object_side_by_side_leave_one_whole)
{
	pthread_t threads[12];
	char letters[] = "abcdefghijkl", text[4096], whole[3001] = "";

	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, write_often, &letters[i]), 0);
	for (size_t i = 0; i < COUNT(threads); i++) {
		void *failed;

		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	scratch_check_output("ls -A store/deep/in/there", "a.jpg\n");
	assert_int_equal(
		read_object(&(struct object_name){.bucket = "deep", .key = "in/there/a.jpg"}, 0,
			text, &(struct error){0}),
		0);
	memset(whole, text[0], 3000);
	assert_string_equal(text, whole);
}

TEST(two_that_write_several_objects_in_another_order_do_not_wait_for_each_other)
{
	struct object_store *store = open_store("file:store");
	struct object_name names[] = {{.key = "a"}, {.key = "b"}, {.key = "b"}, {.key = "a"}};
	struct stream outs[4] = {{0}};
	struct error err = {0};

	for (int i = 0; i < 4; i++)
		assert_int_equal(object_create(store, &names[i], "", &outs[i], &err), 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(stream_write(&outs[i], "x", 1, &err), 0);
		assert_int_equal(stream_commit(&outs[i], &err), 0);
		stream_close(&outs[i]);
	}
	scratch_check_output("ls -A store", "a\nb\n");
	object_store_free(store);
}

/* Be killed in the middle of writing three versions of an object. */
static void write_and_die(void)
{
	struct object_store *store = object_store_open("file:store", NULL, &(struct error){0});
	struct object_name name = {.key = "out/a.jpg"};
	struct stream outs[3] = {{0}};

	for (int i = 0; i < 3; i++) {
		if (object_create(store, &name, "", &outs[i], &(struct error){0}) ||
			stream_write(&outs[i], "torn, and longer", 16, &(struct error){0}))
			_exit(1);
	}
	raise(SIGKILL);
}

TEST(a_killed_writer_leaves_nothing_once_the_object_was_written_again)
{
	int status;
	pid_t child = fork();

	if (child == 0)
		write_and_die();
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	scratch_check_output("ls store/out", "");
	check_written("out/a.jpg", "whole");
	scratch_check("store/out/a.jpg", "whole");
	scratch_check_output("ls -A store/out", "a.jpg\n");
}

TEST(a_full_disk_is_for_now_and_leaves_nothing)
{
	struct rlimit old, small;
	struct error err = {0};
	char text[5000];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	check_written("a", "old");
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = (struct rlimit){.rlim_cur = 4096, .rlim_max = old.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(write_object(&(struct object_name){.key = "a"}, text, &err), -1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(err.type, ERROR_TRANSIENT);
	assert_string_equal(err.text, "writing: File too large");
	scratch_check("store/a", "old");
	scratch_check_output("ls -A store", "a\n");
}

TEST(a_new_object_has_the_mode_that_the_umask_leaves)
{
	struct stat found;
	mode_t old = umask(027);

	check_written("new/a", "x");
	umask(old);
	assert_int_equal(stat("store/new/a", &found), 0);
	assert_int_equal(found.st_mode & 07777, 0640);
	assert_int_equal(stat("store/new", &found), 0);
	assert_int_equal(found.st_mode & 07777, 0750);
}

struct list {
	struct buffer text;
	int left; /* calls before it stops */
	struct object last;
	char etag[64], sequencer[64];
};

static int collect(const struct object *object, void *state, struct error *err)
{
	struct list *list = state;

	(void)err;
	buffer_text(&list->text, object->key);
	if (object->unusable)
		buffer_format(&list->text, " (%s)", object->unusable);
	buffer_byte(&list->text, '\n');
	list->last = *object;
	if (!object->unusable) {
		snprintf(list->etag, sizeof(list->etag), "%s", object->etag);
		snprintf(list->sequencer, sizeof(list->sequencer), "%s", object->sequencer);
	}
	return --list->left == 0 ? 7 : 0;
}

static void check_list(const char *bucket, const char *prefix, const char *text)
{
	struct object_store *store = open_store("file:store");
	struct list list = {0};
	struct error err = {0};

	buffer_text(&list.text, "");
	assert_int_equal(object_list(store, bucket, prefix, collect, &list, &err), 0);
	assert_string_equal(list.text.bytes, text);
	buffer_release(&list.text);
	object_store_free(store);
}

TEST(objects_are_listed_in_the_order_of_their_keys_bytes)
{
	static const char *const keys[] = {
		"a/b.jpg", "a-b.jpg", "a.jpg", "a/b/c", "a0", "B", "\xc3\xa4", "a/b-c", "z/y/x"};

	for (size_t i = 0; i < COUNT(keys); i++)
		check_written(keys[i], "x");
	check_list(NULL, "", "B\na-b.jpg\na.jpg\na/b-c\na/b.jpg\na/b/c\na0\nz/y/x\n\xc3\xa4\n");
}

TEST(a_prefix_need_not_end_at_a_name)
{
	check_written("photos/2024/a.jpg", "x");
	check_written("photos/2025/b.jpg", "x");
	check_written("phone.jpg", "x");
	check_written("other", "x");
	check_list(NULL, "pho", "phone.jpg\nphotos/2024/a.jpg\nphotos/2025/b.jpg\n");
	check_list(NULL, "photos", "photos/2024/a.jpg\nphotos/2025/b.jpg\n");
	check_list(NULL, "photos/", "photos/2024/a.jpg\nphotos/2025/b.jpg\n");
	check_list(NULL, "photos/2025", "photos/2025/b.jpg\n");
	check_list(NULL, "photos/2025/b", "photos/2025/b.jpg\n");
	check_list(NULL, "photos/2025/b.jpg", "photos/2025/b.jpg\n");
	check_list(NULL, "photos/2025/b.jpg/", "");
	check_list(NULL, "nothing/like/it", "");
	check_list(NULL, "../", "");
	check_list(NULL, "photos/../", "");
	check_list(NULL, "/", "");
	check_list(NULL, "photos//", "");
	check_list(NULL, "./", "");
}

TEST(names_with_a_dot_before_them_are_passed_over_unless_spelled_out)
{
	check_written(".hidden/a", "x");
	check_written(".b", "x");
	check_written("c/.d/e", "x");
	check_list(NULL, "", "");
	check_list(NULL, "c/.d/", "c/.d/e\n");
	check_list(NULL, ".hidden/", ".hidden/a\n");
}

TEST(what_is_no_object_is_listed_with_the_reason)
{
	assert_int_equal(mkfifo("store/fifo", 0666), 0);
	assert_int_equal(symlink("fifo", "store/link"), 0);
	assert_int_equal(symlink("/", "store/root"), 0);
	assert_int_equal(mkdir("store/bad\xff", 0777), 0);
	scratch_write("store/bad\xff/a", "x");
	scratch_write("store/worse\xfe\n", "x");
	check_list(NULL, "",
		"bad\\xff/ (a name that is not UTF-8)\nfifo (a FIFO)\nlink (a symbolic link)\n"
		"root (a symbolic link)\nworse\\xfe\\n (a name that is not UTF-8)\n");
}

TEST(a_prefix_that_leads_over_a_link_breaks_off)
{
	struct object_store *store = open_store("file:store");
	struct list list = {0};
	struct error err = {0};

	assert_int_equal(symlink("/", "store/root"), 0);
	assert_int_equal(object_list(store, NULL, "root/etc/", collect, &list, &err), -1);
	assert_string_equal(err.text, "root/etc/: leads over a symbolic link");
	assert_int_equal(err.type, ERROR_INVALID);
	assert_int_equal(object_list(store, "..", "", collect, &list, &err), -1);
	assert_string_equal(err.text, "..: the bucket has the part \"..\"");
	assert_int_equal(object_list(store, "nowhere", "", collect, &list, &err), -1);
	assert_string_equal(err.text, "nowhere: No such file or directory");
	object_store_free(store);
}

TEST(a_listing_tells_size_time_etag_and_sequencer)
{
	struct object_store *store = open_store("file:store");
	struct timespec times[2] = {{.tv_sec = 1767323045, .tv_nsec = 6}, {0}};
	struct list list = {0};
	struct error err = {0};

	times[1] = times[0];
	check_written("a", "12345678901234567");
	assert_int_equal(utimensat(AT_FDCWD, "store/a", times, 0), 0);
	assert_int_equal(object_list(store, NULL, "", collect, &list, &err), 0);
	assert_int_equal(list.last.bytes, 17);
	assert_int_equal(list.last.modified, 1767323045);
	assert_string_equal(list.etag, "1886caf21c963206-11");
	assert_string_equal(list.sequencer, "1886CAF21C963206");
	buffer_release(&list.text);
	object_store_free(store);
}

TEST(a_listing_stops_when_it_is_told_to)
{
	struct object_store *store = open_store("file:store");
	struct list list = {.left = 2};
	struct error err = {0};

	check_written("a/a", "x");
	check_written("a/b", "x");
	check_written("a/c", "x");
	assert_int_equal(object_list(store, NULL, "", collect, &list, &err), 7);
	assert_string_equal(list.text.bytes, "a/a\na/b\n");
	buffer_release(&list.text);
	object_store_free(store);
}

TEST(a_listing_of_a_bucket_leaves_the_bucket_out_of_the_keys)
{
	struct error err = {0};

	assert_int_equal(
		write_object(&(struct object_name){.bucket = "b", .key = "k/a"}, "x", &err), 0);
	check_list("b", "", "k/a\n");
	check_list("b", "k/", "k/a\n");
	check_list("b", "b/", "");
}

static int remove_next(const struct object *object, void *state, struct error *err)
{
	(void)err;
	++*(int *)state;
	assert_string_equal(object->key, "a");
	assert_int_equal(unlink("store/b"), 0);
	assert_int_equal(unlink("store/c/d"), 0);
	assert_int_equal(rmdir("store/c"), 0);
	return 0;
}

TEST(names_that_vanish_while_listing_are_no_error)
{
	struct object_store *store = open_store("file:store");
	struct error err = {0};
	int calls = 0;

	check_written("a", "x");
	check_written("b", "x");
	check_written("c/d", "x");
	assert_int_equal(object_list(store, NULL, "", remove_next, &calls, &err), 0);
	assert_int_equal(calls, 1);
	object_store_free(store);
}

TEST(an_object_can_be_found_alone)
{
	static const struct {
		const char *key, *text;
	} cases[] = {{"d/a.jpg", "d/a.jpg\n"}, {"d/a", ""}, {"d/", ""}, {"d", ""}, {"", ""},
		{"link", "link (a symbolic link)\n"}, {"../outside", ""}, {"d/no", ""},
		{"no/no", ""}, {"d//a.jpg", ""}, {".x", ""}, {"d/..", ""}};
	struct object_store *store = open_store("file:store");

	scratch_write("outside", "x");
	check_written("d/a.jpg", "x");
	check_written("d/a.jpg.bak", "x");
	check_written(".x", "x");
	assert_int_equal(symlink("d/a.jpg", "store/link"), 0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct list list = {0};
		struct error err = {0};

		buffer_text(&list.text, "");
		assert_int_equal(object_find(store, NULL, cases[i].key, collect, &list, &err), 0);
		assert_string_equal(list.text.bytes, cases[i].text);
		buffer_release(&list.text);
	}
	object_store_free(store);
}

TEST(a_picture_that_was_mended_since_it_was_listed_is_read_as_it_is_now)
{
	struct object_store *store = open_store("file:store");
	struct object_name name = {.key = "a"};
	struct list list = {0};
	struct error err = {0};
	char text[4096];

	check_written("a", "x");
	assert_int_equal(object_list(store, NULL, "", collect, &list, &err), 0);
	buffer_release(&list.text);
	name.etag = list.etag;
	check_written("a", "xy");
	assert_int_equal(read_object(&name, 0, text, &err), 0);
	assert_string_equal(text, "xy");
	object_store_free(store);
}

static void check_key(const char *url, const char *path, const char *key)
{
	struct object_store *store = open_store(url);
	struct error err = {0};
	char *found = object_key_of(store, NULL, path, &err);

	assert_string_equal(err.text, "");
	assert_string_equal(found, key);
	free(found);
	object_store_free(store);
}

/* An object that is being written, and what the store says of it before it appears. */
struct upload {
	struct object_store *store;
	struct stream out;
	struct object_written written;
};

static struct upload begin_upload(const char *key, const char *text)
{
	struct upload upload = {.store = open_store("file:store")};
	struct error err = {0};

	assert_int_equal(object_create(upload.store, &(struct object_name){.key = key},
				 "image/jpeg", &upload.out, &err),
		0);
	assert_int_equal(stream_write(&upload.out, text, strlen(text), &err), 0);
	assert_int_equal(object_prepare(upload.store, &upload.out, &upload.written, &err), 0);
	return upload;
}

/* Let it appear if there is none of its key, and return what object_commit_new() did. */
static int end_upload(struct upload *upload)
{
	struct error err = {0};
	int rc = object_commit_new(upload->store, &upload->out, &err);

	assert_string_equal(err.text, "");
	stream_close(&upload->out);
	object_store_free(upload->store);
	return rc;
}

static int compare_written(const struct object *object, void *state, struct error *err)
{
	const struct object_written *written = state;

	(void)err;
	assert_int_equal(object->bytes, written->bytes);
	assert_int_equal(object->modified, written->modified);
	assert_string_equal(object->etag, written->etag);
	assert_string_equal(object->sequencer, written->sequencer);
	return 1;
}

/* Check that the store lists the object as `written` told of it. */
static void check_listed(const char *key, struct object_written *written)
{
	struct object_store *store = open_store("file:store");
	struct error err = {0};

	assert_int_equal(object_find(store, NULL, key, compare_written, written, &err), 1);
	assert_int_equal(object_list(store, NULL, key, compare_written, written, &err), 1);
	object_store_free(store);
}

#define CHECK_ONLY(name) scratch_check_output("ls -A store/up", name "\n")

TEST(an_object_is_told_of_before_it_appears_as_it_is_listed_afterwards)
{
	struct upload upload = begin_upload("up/a.jpg", "bytes");

	assert_int_equal(upload.written.bytes, 5);
	assert_int_equal(access("store/up/a.jpg", F_OK), -1);
	clock_sleep(0.02); /* so that a time taken later would be another */
	assert_int_equal(end_upload(&upload), 0);
	scratch_check("store/up/a.jpg", "bytes");
	check_listed("up/a.jpg", &upload.written);
	CHECK_ONLY("a.jpg");
}

TEST(an_object_that_was_prepared_may_take_the_place_of_another)
{
	struct error err = {0};
	struct upload upload;

	check_written("up/a.jpg", "first");
	upload = begin_upload("up/a.jpg", "second");
	scratch_check("store/up/a.jpg", "first");
	assert_int_equal(stream_commit(&upload.out, &err), 0);
	stream_close(&upload.out);
	object_store_free(upload.store);
	scratch_check("store/up/a.jpg", "second");
	check_listed("up/a.jpg", &upload.written);
	CHECK_ONLY("a.jpg");
}

TEST(a_new_object_does_not_take_the_place_of_one_that_came_meanwhile)
{
	struct upload upload = begin_upload("up/a.jpg", "second");

	check_written("up/a.jpg", "first");
	assert_int_equal(end_upload(&upload), 1);
	scratch_check("store/up/a.jpg", "first");
	CHECK_ONLY("a.jpg");
}

TEST(a_new_object_does_not_take_the_place_of_what_is_no_file)
{
	struct upload upload = begin_upload("up/a.jpg", "second");

	assert_int_equal(symlink("nowhere", "store/up/a.jpg"), 0);
	assert_int_equal(end_upload(&upload), 1);
	CHECK_ONLY("a.jpg");
	scratch_check_output("readlink store/up/a.jpg", "nowhere\n");
}

TEST(what_was_prepared_and_not_committed_leaves_no_trace)
{
	struct upload upload = begin_upload("up/a/b.jpg", "bytes");

	stream_close(&upload.out);
	object_store_free(upload.store);
	scratch_check_output("ls -A store", "");
}

/* Set how many nanoseconds since 1970 the file was last changed. */
static void set_time(const char *path, int64_t seconds, long nanoseconds)
{
	const struct timespec times[] = {
		{.tv_nsec = UTIME_OMIT}, {.tv_sec = seconds, .tv_nsec = nanoseconds}};

	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

TEST(an_object_is_newer_than_the_one_whose_place_it_takes)
{
	struct upload upload;

	check_written("up/a.jpg", "first");
	set_time("store/up/a.jpg", 4000000000, 999999999);
	upload = begin_upload("up/a.jpg", "other");
	assert_int_equal(upload.written.modified, 4000000001);
	assert_string_equal(upload.written.sequencer, "3782DACED92ACA00");
	assert_string_equal(upload.written.etag, "3782daced92aca00-5");
	stream_close(&upload.out);
	object_store_free(upload.store);
	set_time("store/up/a.jpg", 1000000000, 5);
	upload = begin_upload("up/a.jpg", "other");
	assert_true(upload.written.modified > 1000000000 && upload.written.modified < 4000000000);
	stream_close(&upload.out);
	object_store_free(upload.store);
}

static pthread_barrier_t start;

static void *put_new(void *state)
{
	struct upload upload = begin_upload("up/a.jpg", state);

	pthread_barrier_wait(&start);
	return end_upload(&upload) == 0 ? state : NULL;
}

TEST(of_several_new_objects_of_one_key_one_appears)
{
	static char texts[][2] = {"a", "b", "c", "d", "e", "f"};

	assert_int_equal(pthread_barrier_init(&start, NULL, COUNT(texts)), 0);
	for (int round = 0; round < 20; round++) {
		pthread_t threads[COUNT(texts)];
		const char *appeared = NULL;

		for (size_t i = 0; i < COUNT(texts); i++)
			assert_int_equal(pthread_create(&threads[i], NULL, put_new, texts[i]), 0);
		for (size_t i = 0; i < COUNT(texts); i++) {
			void *text;

			assert_int_equal(pthread_join(threads[i], &text), 0);
			assert_true(!text || !appeared);
			if (text)
				appeared = text;
		}
		assert_non_null(appeared);
		scratch_check("store/up/a.jpg", appeared);
		CHECK_ONLY("a.jpg");
		assert_int_equal(unlink("store/up/a.jpg"), 0);
	}
	pthread_barrier_destroy(&start);
}

TEST(what_killed_writers_left_is_swept_and_what_is_being_written_stays)
{
	struct object_store *store = open_store("file:store");
	const struct object_name name = {.bucket = "b", .key = "u/.x/at-work.jpg"};
	struct error err = {0};
	struct stream out = {0};

	assert_int_equal(object_sweep(store, "b", &err), 0); /* there is none */
	assert_int_equal(object_create(store, &name, NULL, &out, &err), 0);
	assert_int_equal(stream_write(&out, "1", 1, &err), 0);
	scratch_write("store/b/.imgpl-0123456789abcdef-0.tmp", "left");
	scratch_write("store/b/u/.imgpl-0123456789abcdef-7.tmp", "left");
	scratch_write("store/b/u/a.jpg", "a");
	assert_int_equal(link("store/b/u/a.jpg", "store/b/u/.imgpl-0000000000000000-0.tmp"), 0);
	assert_int_equal(symlink("/", "store/b/u/link"), 0);
	assert_int_equal(object_sweep(store, "b", &err), 0);
	scratch_check_output("find store/b -type f | sed 's/-[0-9a-f]*-/-/' | LC_ALL=C sort",
		"store/b/u/.x/.imgpl-0.tmp\nstore/b/u/a.jpg\n");
	assert_int_equal(stream_commit(&out, &err), 0);
	stream_close(&out);
	object_store_free(store);
}

TEST(an_object_that_is_a_file_is_opened_as_one)
{
	struct object_store *store = open_store("file:store");
	struct object_written found;
	struct error err = {0};
	char text[16] = "";
	int file;

	check_written("a.jpg", "hello");
	file = object_open_file(store, &(struct object_name){.key = "a.jpg"}, &found, &err);
	assert_true(file >= 0);
	assert_int_equal(found.bytes, 5);
	assert_int_equal(read(file, text, sizeof(text)), 5);
	assert_string_equal(text, "hello");
	close(file);
	assert_int_equal(
		object_open_file(store, &(struct object_name){.key = "b.jpg"}, &found, &err), -1);
	assert_string_equal(err.text, "b.jpg: No such file or directory");
	assert_int_equal(err.type, ERROR_INVALID);
	object_store_free(store);
}

TEST(a_relative_path_is_a_key)
{
	check_written("photos/a.jpg", "x");
	check_key("file:store", "", "");
	check_key("file:store", ".", "");
	check_key("file:store", "./", "");
	check_key("file:store", "././/", "");
	check_key("file:store", "photos", "photos/");
	check_key("file:store", "photos/", "photos/");
	check_key("file:store", "./photos/.", "photos/");
	check_key("file:store", "photos//./a.jpg", "photos/a.jpg");
	check_key("file:store", "pho", "pho");
	check_key("file:store", "new/x/", "new/x/");
	check_key("file:store", "...", "...");
}

TEST(a_path_of_the_machine_is_a_key_if_it_leads_into_the_store)
{
	char path[300];

	check_written("photos/a.jpg", "x");
	assert_int_equal(symlink("store", "way"), 0);
	snprintf(path, sizeof(path), "%s/store/photos/a.jpg", scratch_path);
	check_key("file:store", path, "photos/a.jpg");
	check_key("file:way", path, "photos/a.jpg");
	snprintf(path, sizeof(path), "%s//way/./photos/", scratch_path);
	check_key("file:store", path, "photos/");
	snprintf(path, sizeof(path), "%s/store", scratch_path);
	check_key("file:store", path, "");
	snprintf(path, sizeof(path), "%s/store/photos/no/such/", scratch_path);
	check_key("file:store", path, "photos/no/such/");
	check_key("file:store", "store/../store/photos", "photos/");
	check_key("file:store", "store/photos/a.jpg", "photos/a.jpg");
	check_key("file:store", "store/photos/new.jpg", "store/photos/new.jpg");
	check_key("file:/", "/etc/../etc/passwd", "etc/passwd");
}

TEST(a_path_outside_is_refused_with_the_store_to_use)
{
	struct object_store *store = open_store("file:store");
	struct error err = {0};

	assert_int_equal(mkdir("other", 0777), 0);
	scratch_write("other/a.jpg", "x");
	assert_int_equal(mkdir("store2", 0777), 0);
	assert_null(object_key_of(store, NULL, "store/../other", &err));
	assert_string_equal(err.text,
		"store/../other lies outside the store file:store;"
		" use --store=file:store/../other");
	assert_int_equal(err.type, ERROR_INVALID);
	assert_null(object_key_of(store, NULL, "other/a.jpg", &err));
	assert_string_equal(
		err.text, "other/a.jpg lies outside the store file:store; use --store=file:other");
	assert_null(object_key_of(store, NULL, "store/../store2/x/y.jpg", &err));
	assert_null(object_key_of(store, NULL, "/", &err));
	assert_string_equal(err.text, "/ lies outside the store file:store; use --store=file:/");
	assert_null(object_key_of(store, NULL, "/nowhere.jpg", &err));
	assert_string_equal(
		err.text, "/nowhere.jpg lies outside the store file:store; use --store=file:/");
	assert_null(object_key_of(store, NULL, "nowhere/../x", &err));
	assert_string_equal(err.text, "nowhere/../x: No such file or directory");
	object_store_free(store);
}

TEST(a_record_names_its_object)
{
	static const char full[] = "{\"bucket\":\"b\",\"key\":\"k\",\"source\":"
				   "{\"version_id\":\"v\",\"etag\":\"e\"}}";
	struct record record = {0};
	struct object_name name;

	assert_int_equal(record_parse(&record, full, strlen(full), &(struct error){0}), 0);
	name = object_name_of(&record, "other");
	assert_string_equal(name.bucket, "b");
	assert_string_equal(name.key, "k");
	assert_string_equal(name.version_id, "v");
	assert_string_equal(name.etag, "e");
	record_release(&record);
	assert_int_equal(record_parse(&record, "{\"key\":\"k\"}", 11, &(struct error){0}), 0);
	name = object_name_of(&record, "other");
	assert_string_equal(name.bucket, "other");
	assert_null(name.version_id);
	assert_null(name.etag);
	record_release(&record);
}

#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, make_store, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(what_is_written_is_read_back),
		STORE_TEST(a_bucket_is_a_directory_above_the_key),
		STORE_TEST(a_key_that_could_lead_out_of_the_store_is_refused),
		STORE_TEST(names_that_only_look_dangerous_are_fine),
		STORE_TEST(a_key_may_have_1024_bytes_and_a_name_255),
		STORE_TEST(no_symbolic_link_is_followed),
		STORE_TEST(a_link_under_the_temporary_name_is_replaced_and_not_followed),
		STORE_TEST(what_is_no_file_is_refused_without_waiting),
		STORE_TEST(a_missing_object_is_named),
		STORE_TEST(a_store_that_is_not_there_is_named),
		STORE_TEST(the_store_itself_may_be_a_link),
		STORE_TEST(an_object_over_the_limit_is_refused),
		STORE_TEST(an_object_that_grows_over_the_limit_is_not_read_on),
		STORE_TEST(skipping_passes_over_bytes_and_past_the_end),
		STORE_TEST(what_is_not_committed_leaves_no_trace),
		STORE_TEST(writers_of_one_object_side_by_side_leave_one_whole),
		STORE_TEST(
			two_that_write_several_objects_in_another_order_do_not_wait_for_each_other),
		STORE_TEST(a_killed_writer_leaves_nothing_once_the_object_was_written_again),
		STORE_TEST(a_full_disk_is_for_now_and_leaves_nothing),
		STORE_TEST(a_new_object_has_the_mode_that_the_umask_leaves),
		STORE_TEST(objects_are_listed_in_the_order_of_their_keys_bytes),
		STORE_TEST(a_prefix_need_not_end_at_a_name),
		STORE_TEST(names_with_a_dot_before_them_are_passed_over_unless_spelled_out),
		STORE_TEST(what_is_no_object_is_listed_with_the_reason),
		STORE_TEST(a_prefix_that_leads_over_a_link_breaks_off),
		STORE_TEST(a_listing_tells_size_time_etag_and_sequencer),
		STORE_TEST(a_listing_stops_when_it_is_told_to),
		STORE_TEST(a_listing_of_a_bucket_leaves_the_bucket_out_of_the_keys),
		STORE_TEST(names_that_vanish_while_listing_are_no_error),
		STORE_TEST(an_object_can_be_found_alone),
		STORE_TEST(a_picture_that_was_mended_since_it_was_listed_is_read_as_it_is_now),
		STORE_TEST(an_object_is_told_of_before_it_appears_as_it_is_listed_afterwards),
		STORE_TEST(an_object_that_was_prepared_may_take_the_place_of_another),
		STORE_TEST(a_new_object_does_not_take_the_place_of_one_that_came_meanwhile),
		STORE_TEST(a_new_object_does_not_take_the_place_of_what_is_no_file),
		STORE_TEST(what_was_prepared_and_not_committed_leaves_no_trace),
		STORE_TEST(an_object_is_newer_than_the_one_whose_place_it_takes),
		STORE_TEST(of_several_new_objects_of_one_key_one_appears),
		STORE_TEST(what_killed_writers_left_is_swept_and_what_is_being_written_stays),
		STORE_TEST(an_object_that_is_a_file_is_opened_as_one),
		STORE_TEST(a_relative_path_is_a_key),
		STORE_TEST(a_path_of_the_machine_is_a_key_if_it_leads_into_the_store),
		STORE_TEST(a_path_outside_is_refused_with_the_store_to_use),
		STORE_TEST(a_record_names_its_object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
