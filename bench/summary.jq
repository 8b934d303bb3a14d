# What bench/resize measured, as a JSON line for each task: for each tool the medians of CPU and wall
# time in ms a picture and the most memory in MB, the median over the rounds of how many times our CPU
# time it took, and the mean SSIM and PSNR of luma for each quality.

def median: sort | if length % 2 == 1 then .[length / 2 | floor]
	else (.[length / 2 - 1] + .[length / 2]) / 2 end;
def mean: add / length;
def round_to($digits): . * pow(10; $digits) | round / pow(10; $digits);
def cpu: (.user + .system) / .pictures * 1000;

def times($ours):
	{
		cpu_ms: (map(cpu) | median | round_to(1)),
		wall_ms: (map(.wall / .pictures * 1000) | median | round_to(1)),
		peak_mb: (map(.peak_bytes // empty | . / 1e6) | max | if . then round_to(1) else . end),
		runs: length,
		of_ours: ([range(length) as $i | (.[$i] | cpu) / ($ours[$i] | cpu)] | median | round_to(3))
	};

def qualities:
	group_by(.quality)
	| map({
		key: "q\(.[0].quality)",
		value: {
			bytes: (map(.bytes) | mean | round),
			ssim: (map(.ssim) | if all then mean | round_to(5) else null end),
			psnr: (map(.psnr) | if all then mean | round_to(2) else null end)
		}
	})
	| from_entries;

def by(f): reduce .[] as $line ({}; .[$line | f] += [$line]);

by(.task) | to_entries[] | {
	task: .key,
	tools: (.value as $lines
		| ($lines | map(select(.wall)) | by(.tool)) as $figures
		| ($lines | map(select(.quality)) | by(.tool)) as $made
		| $figures | with_entries(.key as $tool
			| .value |= times($figures.imgpl) + ($made[$tool] // [] | qualities)))
}
