# make           build the tools into build/bin
# make labels    install what is missing for imgpl-label, build, and make its networks (115 MB)
# make run       install what is missing, build, and serve the page; DATA=dir LISTEN=127.0.0.1:8080 LABELS=off
# make page      build the page (node and npm)
# make demo      install what is missing, build, and run the pipeline over real photographs
# make test      install what is missing, build, and run every test
# make test-aws  install what is missing, build, and run the tests of AWS on software that stands in for it
# make test-cloud install what is missing, build, and run the tests of infra/, as far as this machine can
# make lambda    install what is missing, and build the package of the functions of AWS Lambda: ARCH=arm64
# make test-lambda  install what is missing, build these packages, and run the tests of them
# make check     the quick part of the tests, under a minute
# make bench     measure
# make install   PREFIX=/usr/local DESTDIR=
# make V=        show the commands

CFLAGS  ?= -O3 -g
CXXFLAGS ?= -O2 -g
PREFIX  ?= /usr/local
export PHOTOS DATA LISTEN LABELS
BUILD   ?= build
JOBS    ?= $(shell getconf _NPROCESSORS_ONLN)
V       ?= @

WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -Wwrite-strings -Wcast-qual -Wundef
# ISA-L is not made for every machine; where it is missing, zlib does its work.
ISAL    := $(shell pkg-config --exists libisal 2>/dev/null && echo libisal)
# Without OpenCV all is built but the module that runs neural networks.
OPENCV  := $(firstword $(wildcard /usr/include/opencv4 /usr/local/include/opencv4))
HAS_DNN := $(wildcard $(OPENCV)/opencv2/dnn.hpp)
# A package for AWS Lambda has fewer rooms, and SQLITE is empty there: no tables in SQLite files.
ROOMS    = *
SQLITE   = sqlite3
PACKAGES = libjpeg libpng zlib $(ISAL) libdeflate libwebp lcms2 json-c $(SQLITE) freetype2 fontconfig \
	libmicrohttpd
# These are opened when the network is first used, and never linked to.
OPENED   = libcurl libcrypto expat
TOOLS    = $(patsubst cmd/%.c,%,$(wildcard cmd/*.c))
SOURCES  = $(wildcard $(ROOMS:%=lib/%/*.c))
LIB      = $(patsubst %.c,$(BUILD)/%.o,$(filter-out $(if $(SQLITE),,lib/store/table_sqlite%),$(SOURCES)))
UNIT     = $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/*.c))
BENCH    = $(patsubst bench/%.c,$(BUILD)/bench/%,$(wildcard bench/*.c))

PKG_CFLAGS := $(shell pkg-config --cflags $(PACKAGES) $(OPENED) 2>/dev/null)
PKG_LIBS   := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null)
COMPILE  = $(CC) -std=c11 $(WARNINGS) -Ilib -D_POSIX_C_SOURCE=200809L $(PKG_CFLAGS) \
	$(ISAL:%=-DIMAGE_HAS_ISAL) $(SQLITE:%=-DSTORE_HAS_SQLITE) -ffp-contract=off \
	$(CPPFLAGS) $(CFLAGS) -pthread -MMD -MP
LINK     = $(CC) $(CFLAGS) $(LDFLAGS) -pthread -Wl,--as-needed
LIBS     = $(PKG_LIBS) $(LDLIBS) -lm -ldl

all: $(TOOLS:%=$(BUILD)/bin/%) $(HAS_DNN:%.hpp=$(BUILD)/lib/imgpl/opencv.so)

$(BUILD)/bin/%: $(BUILD)/cmd/%.o $(BUILD)/libimgpl.a
	@mkdir -p $(@D)
	$(V)$(LINK) -o $@ $^ $(LIBS)

# What a network's library needs is loaded with this alone, when it is asked for.
$(BUILD)/lib/imgpl/%.so: lib/vision/runtime_%.cc lib/vision/runtime.h
	@mkdir -p $(@D)
	$(V)$(CXX) -std=c++17 -Wall -Wextra -Ilib -isystem $(OPENCV) $(CPPFLAGS) $(CXXFLAGS) -fPIC \
		-shared $(LDFLAGS) -o $@ $< -lopencv_dnn -lopencv_core

$(BUILD)/libimgpl.a: $(LIB)
	$(V)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/%.o: %.c | libraries
	@mkdir -p $(@D)
	$(V)$(COMPILE) -c -o $@ $<

$(BUILD)/tests/%: $(BUILD)/tests/unit/%.o $(BUILD)/libimgpl.a
	@mkdir -p $(@D)
	$(V)$(LINK) -o $@ $^ $(LIBS) $(shell pkg-config --libs cmocka)

$(BUILD)/bench/%: bench/%.c
	@mkdir -p $(@D)
	$(V)$(COMPILE) -o $@ $< -Wl,--as-needed $(LIBS)

libraries:
	@pkg-config --print-errors --exists $(PACKAGES) $(OPENED) || { \
		echo "make: scripts/setup build installs what is missing" >&2; exit 1; }

# Signs requests that come as JSON lines: for vectors of anybody's.
$(BUILD)/sigv4: $(BUILD)/tests/sigv4.o $(BUILD)/libimgpl.a
	$(V)$(LINK) -o $@ $^ $(LIBS)

unit: $(UNIT) $(BUILD)/sigv4

.SECONDARY:
# A package for AWS Lambda has a build of its own, and sources that are not ours.
-include $(shell find $(BUILD) -path $(BUILD)/lambda -prune -o -name '*.d' -print 2>/dev/null)

# What a machine must have comes first, then a second make, which finds it.
labels:
	@scripts/setup build labels
	@$(MAKE) --no-print-directory -s -j$(JOBS) all
	@models/make $(BUILD)/share/imgpl/models

# Packages are fetched anew only when the lock file changed, and what is sent packed is packed here.
PAGE  = $(BUILD)/share/imgpl/site/index.html
MODULES = frontend/node_modules/.package-lock.json

$(MODULES): frontend/package.json frontend/package-lock.json
	$(V)cd frontend && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

$(PAGE): $(MODULES) $(shell find frontend -name node_modules -prune -o -type f -print 2>/dev/null)
	$(V)cd frontend && npx --no-install vite build --logLevel=warn --emptyOutDir --outDir '$(abspath $(@D))'
	$(V)gzip -9 -n -k $(@D)/assets/*
	@touch $@

page: $(PAGE)

run:
	@scripts/setup build web $(if $(filter off,$(LABELS)),,labels)
	@$(MAKE) --no-print-directory -s $(if $(filter off,$(LABELS)),-j$(JOBS) all,labels)
	@$(MAKE) --no-print-directory -s page
	@scripts/run

demo:
	@scripts/setup build labels demo
	@$(MAKE) --no-print-directory -s labels
	@scripts/demo

test:
	@scripts/setup build labels web test web-test
	@scripts/test all

test-aws:
	@scripts/setup build test test-aws
	@scripts/test-aws

test-cloud:
	@scripts/setup build test test-cloud
	@scripts/test-cloud

ARCH ?= arm64
lambda:
	@scripts/setup lambda-$(ARCH)
	@scripts/lambda $(ARCH)

test-lambda:
	@scripts/setup build test lambda-arm64 lambda-x86_64 test-lambda
	@scripts/test-lambda

check:
	@scripts/setup build test
	@scripts/test quick

bench:
	@scripts/setup build labels bench test-aws
	@$(MAKE) --no-print-directory -s -j$(JOBS) labels $(BENCH)
	@bench/run

install: all
	@scripts/install '$(DESTDIR)' '$(PREFIX)' '$(BUILD)'

clean:
	rm -rf $(BUILD)

.PHONY: all libraries unit labels page run demo test test-aws test-cloud lambda test-lambda check bench install clean
