// convert.mjs detector MODEL.JSON OUT
// convert.mjs classifier MODEL.LITE OUT
//
// Write a network as ONNX: the detector from a TensorFlow.js graph model, the classifier from a
// TensorFlow Lite model. A bad model is one line on standard error, and the status 1.

import { writeFileSync } from 'node:fs';
import * as classifier from './classifier.mjs';
import * as detector from './detector.mjs';
import * as tflite from './tflite.mjs';
import * as tfjs from './tfjs.mjs';

const NETWORKS = {
	detector: { read: tfjs.readModel, translate: detector.translate },
	classifier: { read: tflite.readModel, translate: classifier.translate },
};

const [what, from, to] = process.argv.slice(2);
const network = Object.hasOwn(NETWORKS, what ?? '') ? NETWORKS[what] : undefined;
if (!network || process.argv.length !== 5) {
	console.error('usage: convert.mjs detector|classifier MODEL OUT');
	process.exit(2);
}
try {
	writeFileSync(to, network.translate(network.read(from)).encode());
} catch (error) {
	console.error(`convert: ${from}: ${error.message.replace(/\s+/g, ' ')}`);
	process.exit(1);
}
