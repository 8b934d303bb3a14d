# What a picture's header says, and which pictures are refused by it.
load helper

setup_file() {
	compile peak.c peak
	compile fixtures/bad_picture.c bad_picture -lz
}

# Write a costly picture.
bad_picture() { # bad_picture FILE KIND [NUMBER]
	"$BATS_FILE_TMPDIR/bad_picture" "${@:2}" >"$1"
}

# Validate one file by both tools that look at pictures, and expect a refusal.
expect_refused() { # expect_refused FILE TYPE REASON-PART
	local tool

	for tool in imgpl-validate imgpl-resize; do
		try_measured $tool < <(records "$1")
		expect_status 1
		expect_json "[\"$tool\",\"$2\",false]" '[.error.tool,.error.type,.error.retry]'
		expect_in "$1: " "$(jq -r .error.reason <<<"$output")"
		expect_in "$3" "$(jq -r .error.reason <<<"$output")"
		expect_messages "$tool: $(jq -r .error.reason <<<"$output")"
		expect_peak 64
	done
	[ ! -e processed ]
}

@test "the record tells format, size, orientation, frames and profile" {
	picture a.jpg
	picture b.png
	picture c.webp
	exiftool -q -overwrite_original -n -Orientation=6 a.jpg
	cc -o profile "$TESTS/fixtures/profile.c" -llcms2 -lm
	./profile p3 >p3.icc
	convert b.png -profile p3.icc d.png
	try imgpl-validate < <(records a.jpg b.png c.webp d.png)
	expect_status 0
	expect_json '{"format":"jpeg","width":24,"height":16,"orientation":6,"frames":1}
{"format":"png","width":24,"height":16,"orientation":1,"frames":1}
{"format":"webp","width":24,"height":16,"orientation":1,"frames":1}
{"format":"png","width":24,"height":16,"orientation":1,"frames":1,"profile":"Display P3"}' .image
}

@test "the bytes decide what a picture is, never its name" {
	picture a.jpg
	picture b.png
	picture c.webp
	mv a.jpg a.txt
	mv b.png b.jpg
	mv c.webp c
	try imgpl-validate < <(records a.txt b.jpg c)
	expect_status 0
	expect_json '"jpeg"
"png"
"webp"' .image.format
}

@test "frames of an animation are counted" {
	bad_picture a.webp webp-frames 3
	bad_picture b.webp webp-frames 1000
	try imgpl-validate < <(records a.webp b.webp)
	expect_status 0
	expect_json '3
1000' .image.frames
	bad_picture c.webp webp-frames 1001
	expect_refused c.webp Imgpl.Limit '1001 frames, over the limit of 1000'
	try imgpl-validate --max-frames=2 < <(records a.webp)
	expect_status 1
	expect_in 'over the limit of 2' "$output"
}

@test "anything else under a picture's name is refused and named" {
	convert -size 4x4 xc:red a.gif
	convert -size 4x4 xc:red b.tiff
	convert -size 4x4 xc:red c.bmp
	{
		echo 'a.gif GIF'
		echo 'b.tiff TIFF'
		echo 'c.bmp BMP'
	} >names
	make() { # make NAME BYTES REASON
		# shellcheck disable=SC2059
		printf "$2" >"$1"
		echo "$1 $3" >>names
	}
	make a.svg '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>' 'an SVG drawing'
	make b.svg '  <svg onload="alert(1)"></svg>' 'an SVG drawing'
	make a.heic '\0\0\0\030ftypheic\0\0\0\0mif1heic' HEIC
	make a.avif '\0\0\0\034ftypavif\0\0\0\0avifmif1miaf' AVIF
	make a.pdf '%%PDF-1.7\n' PDF
	make a.html '<!DOCTYPE html>\n<script>alert(1)</script>' HTML
	make b.html '\n<html><body></body></html>' HTML
	make a.mvg 'push graphic-context\nviewbox 0 0 640 480\nimage over 0,0 0,0 "https://example.com/x"' 'an ImageMagick script'
	make b.msl '<?xml version="1.0"?>\n<image><read filename="/etc/passwd"/></image>' 'an ImageMagick script'
	make a.eps '%%!PS-Adobe-3.0 EPSF-3.0\n' PostScript
	make a.txt 'just words' text
	make a.php '<?php system("id"); ?>' text
	make a.sh '#!/bin/sh\n' 'a script'
	make a.zip 'PK\003\004' 'a ZIP archive'
	make a.mp4 '\0\0\0\030ftypmp42\0\0\0\0' 'a video'
	make empty '' 'an empty file'
	while read -r file what; do
		cp "$file" "$file.jpg"
		try imgpl-validate < <(records "$file.jpg")
		expect_status 1
		expect_json '"Imgpl.Invalid"' .error.type
		expect_in "$file.jpg: not a JPEG, PNG or WebP image but $what" "$(jq -r .error.reason <<<"$output")"
	done <names
}

@test "noise is refused without a name" {
	head -c 5000 /dev/urandom | tr 'BGI%<\377M\0' '\1' >noise.jpg
	try imgpl-validate < <(records noise.jpg)
	expect_status 1
	expect_json '"Imgpl.Invalid"' .error.type
}

@test "a picture that is missing, a folder, a pipe or a link is refused" {
	picture a.jpg
	mkdir folder
	mkfifo pipe
	ln -s a.jpg link.jpg
	ln -s nowhere dangling.jpg
	try imgpl-validate < <(records missing.jpg folder pipe link.jpg dangling.jpg a.jpg/b.jpg)
	expect_status 1
	expect_same 6 "$(jq -r 'select(.error.type == "Imgpl.Invalid") | .key' <<<"$output" | wc -l)"
	expect_messages 'imgpl-validate: missing.jpg: No such file or directory' \
		'imgpl-validate: folder: is a directory' \
		'imgpl-validate: pipe: is a FIFO' \
		'imgpl-validate: link.jpg: is a symbolic link' \
		'imgpl-validate: dangling.jpg: is a symbolic link' \
		'imgpl-validate: a.jpg/b.jpg: Not a directory'
}

@test "a picture that was mended since it was listed is looked at as it is now" {
	picture a.jpg
	imgpl-list a.jpg >in
	try imgpl-validate in
	expect_status 0
	picture a.jpg 40x30
	try imgpl-validate in
	expect_status 0
	expect_json 40 .image.width
}

@test "bytes, pixels and the smallest side have limits" {
	picture a.png 40x30
	bytes=$(wc -c <a.png)
	for limit in --max-bytes=$bytes --max-pixels=1200 --min-side=30; do
		try imgpl-validate $limit < <(records a.png)
		expect_status 0
	done
	for limit in --max-bytes=$((bytes - 1)) --max-pixels=1199 --min-side=31; do
		for tool in imgpl-validate imgpl-resize; do
			try $tool $limit < <(records a.png)
			expect_status 1
			expect_json '"Imgpl.Limit"' .error.type
			[ ! -e processed ]
		done
	done
	truncate -s 67108865 big.jpg
	try imgpl-validate < <(records big.jpg)
	expect_in 'over the limit of 67108864' "$output"
	for limit in --max-bytes=0 --max-pixels=0 --max-frames=0 --max-scans=0 --min-side=0; do
		try imgpl-validate $limit < <(records a.png)
		expect_status 0
	done
}

@test "a 34-byte WebP of 268 megapixels is refused by its header" {
	bad_picture bomb.webp webp-bomb
	expect_same 34 "$(wc -c <bomb.webp)"
	expect_refused bomb.webp Imgpl.Limit megapixels
}

@test "a JPEG that says 65500 x 65500 is refused by its header" {
	bad_picture bomb.jpg jpeg-bomb
	expect_refused bomb.jpg Imgpl.Limit megapixels
}

@test "a PNG of 60000 x 60000 in 437 kB is refused by its header" {
	bad_picture bomb.png png-bomb
	[ "$(wc -c <bomb.png)" -lt 450000 ]
	expect_refused bomb.png Imgpl.Limit megapixels
}

@test "a JPEG of 5000 progressive scans is refused" {
	convert -size 64x48 plasma: -interlace JPEG few.jpg
	bad_picture scans.jpg jpeg-scans 5000 <few.jpg
	expect_refused scans.jpg Imgpl.Limit 'progressive scans, over the limit of 100'
	try imgpl-validate < <(records few.jpg)
	expect_status 0
	try imgpl-validate --max-scans=3 < <(records few.jpg)
	expect_status 1
}

@test "an animation of 10000 frames is refused" {
	bad_picture frames.webp webp-frames 10000
	expect_refused frames.webp Imgpl.Limit '10000 frames'
}

@test "PNG chunks that inflate to 100 MB are passed over" {
	for kind in png-ztxt png-itxt png-iccp; do
		bad_picture $kind.png $kind
		for tool in imgpl-validate 'imgpl-resize --keep=all'; do
			# shellcheck disable=SC2086
			LIMIT=10 try_measured $tool < <(records $kind.png)
			[ "$status" -le 1 ] || fail "status $status: $stderr"
			expect_peak 64
		done
	done
}

@test "a PNG chunk of 100 MB is not held in memory" {
	bad_picture text.png png-text
	for tool in imgpl-validate imgpl-resize; do
		LIMIT=20 try_measured $tool --max-bytes=0 < <(records text.png)
		[ "$status" -le 1 ] || fail "status $status: $stderr"
		expect_peak 64
		try $tool < <(records text.png)
		expect_status 1
		expect_json '"Imgpl.Limit"' .error.type
	done
}

@test "a header that breaks off anywhere is invalid" {
	picture a.jpg
	picture a.png
	picture a.webp
	for format in jpg png webp; do
		for length in 1 2 3 4 8 11 12 13 16 20 21 24 28 29; do
			head -c $length a.$format >cut-$length.$format
			records cut-$length.$format
		done
	done >in
	try imgpl-validate in
	expect_status 1
	expect_same '' "$(jq -r 'select(.error.type != "Imgpl.Invalid") | .key' <<<"$output")"
	expect_same "$(wc -l <in)" "$(wc -l <<<"$output")"
}
