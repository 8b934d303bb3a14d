#include "net/xml.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <expat.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "net/library.h"

static __typeof__(&XML_ParserCreate) parser_create;
static __typeof__(&XML_ParserFree) parser_free;
static __typeof__(&XML_SetUserData) set_user_data;
static __typeof__(&XML_SetElementHandler) set_element_handler;
static __typeof__(&XML_SetCharacterDataHandler) set_character_data_handler;
static __typeof__(&XML_SetStartDoctypeDeclHandler) set_start_doctype_decl_handler;
static __typeof__(&XML_StopParser) stop_parser;
static __typeof__(&XML_Parse) parse;

static const struct library_symbol symbols[] = {
	{"XML_ParserCreate", &parser_create},
	{"XML_ParserFree", &parser_free},
	{"XML_SetUserData", &set_user_data},
	{"XML_SetElementHandler", &set_element_handler},
	{"XML_SetCharacterDataHandler", &set_character_data_handler},
	{"XML_SetStartDoctypeDeclHandler", &set_start_doctype_decl_handler},
	{"XML_StopParser", &stop_parser},
	{"XML_Parse", &parse},
};

static struct library library = {
	.file = "libexpat.so.1",
	.package = "libexpat1",
	.symbols = symbols,
	.symbol_count = sizeof(symbols) / sizeof(symbols[0]),
};

/* A look at a document: the path to where it is, and the text of each element on it. */
struct look {
	XML_Parser parser;
	const struct xml_reader *reader;
	char path[XML_MAX_PATH];
	size_t path_ends[XML_MAX_DEPTH]; /* how long the path was before each element */
	struct buffer text[XML_MAX_DEPTH];
	size_t depth;
};

static void begin(void *state, const XML_Char *name, const XML_Char **attributes)
{
	struct look *look = state;
	const char *colon = strrchr(name, ':');
	size_t length = strlen(look->path);

	(void)attributes;
	name = colon ? colon + 1 : name;
	if (look->depth == XML_MAX_DEPTH || length + 1 + strlen(name) >= XML_MAX_PATH) {
		stop_parser(look->parser, XML_FALSE);
		return;
	}
	look->path_ends[look->depth] = length;
	buffer_clear(&look->text[look->depth++]);
	if (length)
		strcat(look->path, "/");
	strcat(look->path, name);
}

static void end(void *state, const XML_Char *name)
{
	struct look *look = state;
	const struct buffer *text;

	(void)name;
	if (look->depth == 0) /* of an element that was too long to begin */
		return;
	text = &look->text[--look->depth];
	look->reader->element(look->path, text->length ? text->bytes : "", look->reader->state);
	look->path[look->path_ends[look->depth]] = '\0';
}

static void add_text(void *state, const XML_Char *text, int length)
{
	struct look *look = state;

	if (look->depth > 0)
		buffer_append(&look->text[look->depth - 1], text, (size_t)length);
}

/* A document type may define entities that grow without end, and S3 has none. */
static void refuse_doctype(void *state, const XML_Char *name, const XML_Char *system_id,
	const XML_Char *public_id, int has_subset)
{
	struct look *look = state;

	(void)name, (void)system_id, (void)public_id, (void)has_subset;
	stop_parser(look->parser, XML_FALSE);
}

int xml_read(const char *bytes, size_t length, const struct xml_reader *reader, struct error *err)
{
	struct look look = {.reader = reader};
	bool good;

	if (library_open(&library, err))
		return -1;
	look.parser = parser_create(NULL);
	if (!look.parser)
		memory_exhausted();
	set_user_data(look.parser, &look);
	set_element_handler(look.parser, begin, end);
	set_character_data_handler(look.parser, add_text);
	set_start_doctype_decl_handler(look.parser, refuse_doctype);
	good = length <= INT32_MAX &&
		parse(look.parser, bytes, (int)length, XML_TRUE) == XML_STATUS_OK;
	parser_free(look.parser);
	for (size_t i = 0; i < XML_MAX_DEPTH; i++)
		buffer_release(&look.text[i]);
	return good ? 0 : error_transient(err, "an answer that is not XML, or broke off");
}
