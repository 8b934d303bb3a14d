# Memory does not grow with the input.
load helper

setup_file() {
	compile peak.c peak
}

@test "memory stays bounded however many events there are" {
	needs_plain_build
	awk 'BEGIN { for (i = 0; i < 200000; i++) printf "{\"Records\":[{\"eventName\":\"ObjectCreated:Put\",\"s3\":{\"bucket\":{\"name\":\"photos\"},\"object\":{\"key\":\"uploads/%d/a-picture-with-a-name-%d.jpg\",\"eTag\":\"d41d8cd98f00b204e9800998ecf8427e\",\"sequencer\":\"%016X\"}}}]}\n", i, i, i }' >in
	try_measured sh -c 'imgpl-trigger in >out'
	expect_status 0
	expect_same 200000 "$(wc -l <out)"
	expect_peak 32
}

@test "memory stays bounded however many records there are" {
	needs_plain_build
	seq -f '{"key":"uploads/%.0f/a-picture-with-a-name.jpg","source":{"etag":"d41d8cd98f00b204e9800998ecf8427e","bytes":123456}}' 200000 >in
	try_measured sh -c 'imgpl-store in >out'
	expect_status 0
	expect_same 200000 "$(wc -l <out)"
	expect_peak 32
}

@test "a line of 100 MB fails alone and memory stays bounded" {
	picture a.jpg
	{
		records a.jpg
		head -c 100000000 /dev/zero | tr '\0' x
		printf '\n'
		records a.jpg
		head -c 100000000 /dev/zero | tr '\0' y
	} >in
	try_measured imgpl-validate in
	expect_status 1
	expect_json '[null,null]
[2,"Imgpl.Limit"]
[null,null]
[4,"Imgpl.Limit"]' '[.line,.error.type]'
	expect_peak 32
	try_measured imgpl-validate -j 2 <in
	expect_status 1
	expect_json '[null,null]
[2,"Imgpl.Limit"]
[null,null]
[4,"Imgpl.Limit"]' '[.line,.error.type]'
	expect_peak 48
}
