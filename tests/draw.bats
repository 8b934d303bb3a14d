# imgpl-draw: labels can be looked at.
# quick
load helper

# A record with a label in a box in the left half, and one without a box.
labelled() { # labelled KEY
	jq -nc --arg key "$1" '{key: $key, labels: [
		{name: "Left", confidence: 90, instances: [{confidence: 80.4, box: {left: 0.25, top: 0.4, width: 0.25, height: 0.4}}], parents: []},
		{name: "All", confidence: 71, instances: [], parents: []}]}'
}

# The colour of a pixel, as r,g,b.
pixel() { # pixel FILE X Y
	convert "$1" -depth 8 -format "%[fx:round(255*p{$2,$3}.r)],%[fx:round(255*p{$2,$3}.g)],%[fx:round(255*p{$2,$3}.b)]" info:
}

@test "a box is framed where it is, and named, and the rest is left alone" {
	convert -size 800x600 xc:white a.png
	try imgpl-draw < <(labelled a.png)
	expect_status 0
	expect_json '[["labels","processed/labels/a.png",800,600,"png","image/png"]]' \
		'[.renditions[] | [.name, .key, .width, .height, .format, .content_type]]'
	expect_same "$(stat -c %s processed/labels/a.png)" "$(jq '.renditions[0].bytes' <<<"$output")"
	drawn=processed/labels/a.png
	expect_same 230,159,0 "$(pixel $drawn 200 400)"
	expect_same 230,159,0 "$(pixel $drawn 399 400)"
	expect_same 230,159,0 "$(pixel $drawn 300 479)"
	expect_same 255,255,255 "$(pixel $drawn 300 400)"
	expect_same 255,255,255 "$(pixel $drawn 600 400)"
	# the name stands on the colour of its box, in black
	expect_same 230,159,0 "$(pixel $drawn 202 220)"
	[ "$(convert $drawn -crop 90x24+202+214 -fuzz 20% -fill white +opaque black -format '%[fx:mean]' info:)" != 1 ]
	# what has no box is listed in the corner
	expect_same 95,95,95 "$(pixel $drawn 1 1)"
}

@test "it is drawn onto the smallest rendition of 600 pixels, and the list keeps the others" {
	picture a.jpg 1600x1200
	labelled a.jpg | imgpl-resize --rendition=main=1024x --rendition=mid=640x --rendition=thumb=100x >in
	try imgpl-draw in
	expect_status 0
	expect_json '["main","mid","thumb","labels"]' '[.renditions[].name]'
	expect_json '[640,480,"processed/labels/a.jpg"]' '.renditions[3] | [.width, .height, .key]'
	before=$output
	try imgpl-draw < <(echo "$before")
	expect_same "$before" "$output"
	expect_same 640x480 "$(identify -format %wx%h processed/labels/a.jpg)"
}

@test "boxes beyond the picture, long names and many labels do no harm" {
	picture a.png 60x40
	jq -nc '{key: "a.png", labels: [range(50) | {name: ("Łabel \u0001" * 40), confidence: 1e9,
		instances: [{confidence: -5, box: {left: (. - 25), top: -1e300, width: 1e300, height: "x"}}, {}]}]}' >in
	try imgpl-draw in
	expect_status 0
	expect_same 60x40 "$(identify -format %wx%h processed/labels/a.png)"
}

@test "a record without labels gets a picture all the same; one with wrong ones fails" {
	picture a.png
	printf '%s\n' '{"key":"a.png"}' '{"key":"a.png","labels":[{"n":1}]}' '{"key":"none.png"}' >in
	try imgpl-draw in
	expect_status 1
	expect_same '1
a.png: a label without a name
none.png: No such file or directory' "$(jq -r '.error.reason // (.renditions | length)' <<<"$output")"
}

@test "a result is not drawn upon, nor one of two sources that share it lost" {
	picture processed/labels/a.png
	cp processed/labels/a.png before.png
	try imgpl-draw --in-prefix=processed/labels/ < <(records processed/labels/a.png)
	expect_status 1
	expect_json '"processed/labels/a.png: is a result already: it begins with processed/"' .error.reason
	expect_same_file before.png processed/labels/a.png
	pictures b.png uploads/b.png
	try imgpl-draw < <(records b.png uploads/b.png)
	expect_status 1
	expect_same 2 "$(grep -c 'shares its results with' <<<"$output")"
	[ ! -e processed/labels/b.png ]
	try imgpl-resize --rendition=labels=100x </dev/null
	expect_status 2
}

@test "without a font it says so" {
	cat >fonts.conf <<-END
	<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
	<fontconfig><dir>$PWD/none</dir></fontconfig>
	END
	picture a.png
	FONTCONFIG_FILE=$PWD/fonts.conf try imgpl-draw < <(labelled a.png)
	expect_status 2
	expect_in 'no font can be opened, fonts-dejavu-core has one' "$stderr"
}

@test "a dry run writes nothing" {
	picture a.png
	try imgpl-draw -n < <(labelled a.png)
	expect_status 0
	expect_json '[true,"processed/labels/a.png"]' '[.dry_run, .renditions[0].key]'
	[ ! -e processed ]
}

@test "a key is made as imgpl-resize makes it" {
	picture uploads/u1/a.png
	try imgpl-draw --out-prefix=out/ < <(records uploads/u1/a.png)
	expect_json '"out/labels/u1/a.png"' '.renditions[0].key'
}
