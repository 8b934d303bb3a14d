# What a picture's header says, how it looks, and which pictures are refused by either.
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
	convert -size 64x48 -seed 1 plasma: -interlace JPEG few.jpg
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

# Make a picture of sharp edges, like no photograph but as large as one.
scene() { # scene FILE [OPTION]...
	convert -size 1600x1200 gradient:wheat-steelblue -fill navy -draw 'circle 500,400 700,600' \
		-fill white -draw 'circle 1100,500 1200,620' -fill black -draw 'polygon 200,900 700,1000 400,1150' \
		-fill tomato -draw 'polygon 900,800 1500,700 1300,1100' "${@:2}" -quality 92 "$1"
}

# Write one of the figures of each file, a line each.
figures() { # figures NAME FILE...
	try imgpl-validate --quality < <(records "${@:2}")
	expect_status 0
	jq ".image.quality.$1" <<<"$output"
}

# Two numbers are close.
expect_near() { # expect_near EXPECTED FOUND MOST
	awk -v a="$1" -v b="$2" -v most="$3" 'BEGIN { exit !(a != "" && b != "" && (a - b) ^ 2 <= most ^ 2) }' ||
		fail "$2 is not within $3 of $1"
}

@test "the quality of a picture is measured only where it is asked for" {
	scene a.jpg
	convert a.jpg a.png
	convert a.jpg -quality 90 a.webp
	try imgpl-validate < <(records a.jpg)
	expect_json false '.image | has("quality")'
	try imgpl-validate --quality < <(records a.jpg a.png a.webp)
	expect_status 0
	expect_json '["brightness","contrast","jpeg_quality","sharpness"]
["brightness","contrast","sharpness"]
["brightness","contrast","sharpness"]' '.image.quality | keys'
	expect_json '"jpeg"
"png"
"webp"' .image.format
}

@test "formats and sizes have the same figures" {
	scene a.jpg
	convert a.jpg a.png
	convert a.jpg -quality 90 a.webp
	convert a.jpg -interlace JPEG b.jpg
	convert a.jpg -rotate 90 c.jpg
	convert a.jpg -resize 50% d.jpg
	convert a.jpg -resize 1000x e.webp
	convert a.jpg -resize 3000x f.jpg
	exiftool -q -overwrite_original -n -Orientation=6 b.jpg
	for figure in sharpness=12 brightness=0.5 contrast=1; do
		figures ${figure%=*} a.jpg a.png a.webp b.jpg c.jpg d.jpg e.webp f.jpg >found
		while read -r found; do
			expect_near "$(head -n 1 found)" "$found" ${figure#*=}
		done <found
	done
}

@test "brightness and contrast are those that ImageMagick finds" {
	scene a.png
	convert a.png -evaluate multiply 0.3 b.jpg
	convert a.png -evaluate multiply 2.5 c.webp
	convert a.png +level 40%,60% d.png
	convert a.png -colorspace gray e.jpg
	convert -size 40x30 xc:white f.png
	for file in a.png b.jpg c.webp d.png e.jpg f.png; do
		read -r mean deviation < <(convert $file -grayscale Rec601Luma \
			-format '%[fx:100*mean] %[fx:200*standard_deviation]\n' info:)
		expect_near "$mean" "$(figures brightness $file)" 1
		expect_near "$deviation" "$(figures contrast $file)" 1
	done
}

@test "transparency is white" {
	convert -size 400x300 xc:none -fill black -draw 'rectangle 0,0 199,299' a.png
	convert -size 400x300 xc:none a.webp
	expect_near 50 "$(figures brightness a.png)" 0.5
	expect_near 100 "$(figures brightness a.webp)" 0.5
}

@test "a picture is the less sharp the more it is blurred, and noise and darkness hardly matter" {
	scene sharp.jpg
	scene soft.jpg -blur 0x1.6
	scene blurred.jpg -blur 0x3.2
	scene bad.jpg -blur 0x6.4
	scene moved.jpg -motion-blur 0x10+0
	scene noisy.jpg -blur 0x6.4 -attenuate 0.2 +noise Gaussian
	scene dark.jpg -evaluate multiply 0.3
	figures sharpness sharp.jpg soft.jpg blurred.jpg bad.jpg moved.jpg noisy.jpg dark.jpg |
		xargs >found
	read -r sharp soft blurred bad moved noisy dark <found
	jq -ne "$sharp > 75 and $soft < 85 and $soft > 42 and $blurred < 48 and $blurred > 20 and $bad < 20
		and $moved < 40 and $noisy < 25 and $dark > 70" >/dev/null || fail "$(cat found)"
}

@test "a flat picture has no sharpness and no contrast, whatever its size" {
	for size in 1x1 1x400 400x1 2x2 15000x2 1000x700; do
		convert -size $size xc:gray40 a.png
		try imgpl-validate --quality < <(records a.png)
		expect_status 0
		expect_json '{"sharpness":0,"brightness":40,"contrast":0}' .image.quality
	done
}

@test "the quality of a JPEG is the one that identify finds" {
	for ((quality = 10; quality <= 100; quality++)); do
		convert -size 16x16 gradient:red-blue -quality $quality q$quality.jpg
	done
	identify -format '%Q\n' q*.jpg >expected
	figures jpeg_quality q*.jpg >found
	expect_same 91 "$(paste expected found | awk '($1 - $2) ^ 2 <= 1' | wc -l)"
}

@test "limits of quality refuse with both numbers, and the record keeps the figures" {
	scene a.png -blur 0x8
	convert a.png -quality 60 a.jpg
	limits=(--min-sharpness=50 --min-brightness=90 --max-brightness=10 --min-contrast=90 --min-jpeg-quality=61)
	reasons=('sharpness * is under the limit of 50' 'brightness * is under the limit of 90'
		'brightness * is over the limit of 10' 'contrast * is under the limit of 90'
		'jpeg quality 60 is under the limit of 61')
	for which in "${!limits[@]}"; do
		try imgpl-validate "${limits[which]}" < <(records a.jpg)
		expect_status 1
		expect_json '["Imgpl.Limit",false]' '[.error.type,.error.retry]'
		# shellcheck disable=SC2053 # a pattern
		[[ $(jq -r .error.reason <<<"$output") == a.jpg:\ ${reasons[which]} ]] || fail "$output"
		expect_json true '.image.quality.sharpness < 50'
	done
	try imgpl-validate --min-sharpness=0 --min-brightness=20 --max-brightness=80 --min-contrast=10 \
		--min-jpeg-quality=60 < <(records a.jpg)
	expect_status 0
	expect_json true '.image | has("quality")'
	try imgpl-validate --min-jpeg-quality=100 < <(records a.png)
	expect_status 0
}

@test "limits of quality are whole numbers up to 100" {
	for value in -1 101 1.5 much ''; do
		try imgpl-validate --min-sharpness="$value"
		expect_status 2
		expect_in '--min-sharpness=' "$stderr"
		expect_in 'want a whole number from 0 to 100' "$stderr"
	done
}

@test "pixels that are broken fail where they are looked at" {
	scene a.jpg
	convert a.jpg a.png
	convert a.jpg a.webp
	for format in jpg png webp; do
		head -c $(($(stat -c %s a.$format) / 2)) a.$format >cut.$format
		try imgpl-validate --quality < <(records cut.$format)
		expect_status 1
		expect_json '"Imgpl.Invalid"' .error.type
		expect_in "cut.$format: " "$(jq -r .error.reason <<<"$output")"
		validated=$(jq -r .error.reason <<<"$output")
		try imgpl-resize < <(records cut.$format)
		expect_same "$validated" "$(jq -r .error.reason <<<"$output")"
	done
}

@test "a picture of 24 megapixels is measured in little memory" {
	convert -size 6000x4000 gradient:red-blue -sampling-factor 4:2:0 a.jpg
	try_measured imgpl-validate --quality < <(records a.jpg)
	expect_status 0
	expect_peak 16
}
