// What both networks' translations need to know of tensors. TensorFlow keeps pictures as NHWC, with
// the channels last; ONNX wants NCHW.

export const NHWC_TO_NCHW = [0, 3, 1, 2];
export const NCHW_TO_NHWC = [0, 2, 3, 1];

// Reorder a tensor of floats: dimension i of the result is dimension order[i] of the tensor.
export function transpose({ data, shape }, order) {
	const strides = shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1));
	const result = new Float32Array(data.length);
	const size = order.map(i => shape[i]);
	const step = order.map(i => strides[i]);
	let to = 0;
	const walk = (depth, from) => {
		if (depth === order.length) {
			result[to++] = data[from];
			return;
		}
		for (let i = 0; i < size[depth]; i++)
			walk(depth + 1, from + i * step[depth]);
	};
	walk(0, 0);
	return { data: result, shape: size };
}

// TensorFlow's way to place a window, along one dimension: return the size of the result and the
// padding before and after. SAME pads so that the result is size / stride, rounded up, and puts an
// odd one after; VALID doesn't pad.
export function placeWindow(padding, size, window, stride) {
	if (padding === 'VALID')
		return { size: Math.floor((size - window) / stride) + 1, before: 0, after: 0 };
	if (padding !== 'SAME')
		throw new Error(`padding '${padding}' is not known`);
	const result = Math.ceil(size / stride);
	const pad = Math.max((result - 1) * stride + window - size, 0);
	return { size: result, before: pad >> 1, after: pad - (pad >> 1) };
}

// The same for the height and the width of an NHWC shape: return both sizes, and what ONNX calls pads.
export function placeWindows(padding, shape, window, strides) {
	const [down, across] = [0, 1].map(i => placeWindow(padding, shape[1 + i], window[i], strides[i]));
	return {
		height: down.size,
		width: across.size,
		pads: [down.before, across.before, down.after, across.after],
	};
}
