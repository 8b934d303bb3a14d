#!/usr/bin/python3
"""faults_judge.py FOLDER QUESTION [TARGET,...]: say which rows of the table did not end as they should.

FOLDER is where faults.bash ran them: rows/N/ holds row, out, err, status, peak and seconds of each, log is the
server's, and digests has the SHA-256 of each rendition that may be made. Prints how many rows were looked at, then each
row that is wrong and why, and exits with 1 if there are any or no rows at all. The questions:

    outcome   exit status, error and attempts are those of the table, and so is what was stored
    memory    no more was taken than 64 MB
    time      no more was taken than 90 s
    secrets   neither key nor token is told
    pauses    pauses between attempts grow, and differ from each other
"""
import json
import os
import re
import statistics
import sys

SECRETS = [os.environ.get(name, '').encode() for name in ('AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN')]
MOST_KIB = 64 << 10
MOST_SECONDS = 90
KILLED = (124, 137)  # the exit status of what took too long
ODD_KEYS = {'uploads/%41.jpg', 'uploads/a b.jpg', 'uploads/a+b.jpg', 'uploads/a<&>"\'.jpg', 'uploads/a\nb.jpg',
            'uploads/ü.jpg', 'uploads/\U0001f408.jpg'}
MOST_LINES = 2000  # of an answer are looked at


class Row:
    def __init__(self, folder, lines):
        self.folder, self.lines = folder, lines
        fields = self.read('row').decode().rstrip('\n').split('\t')
        self.fault, self.target, self.tool, self.exits, self.types, self.reason, self.least, self.most, checks = fields
        self.checks = dict(check.partition('=')[::2] for check in checks.split(',') if check != '-')
        self.name = f'{self.target} {self.fault} ({self.tool})'
        self.attempts = [line for line in lines if line['target'] and 'method' in line]
        self.effects = [line for line in lines if line.get('event') == 'effect']

    def read(self, name):
        try:
            with open(os.path.join(self.folder, name), 'rb') as file:
                return file.read(64 << 20)
        except FileNotFoundError:
            return b''

    def number(self, name):
        return int(self.read(name) or -1)

    def answers(self):
        """Return what the tool answered, as JSON; a ValueError if it is none."""
        lines = self.read('out').decode('utf-8').split('\n')
        if lines.pop():
            raise ValueError('the last line has no end')
        return [json.loads(line) for line in lines[:MOST_LINES]]


def error_in(answer):
    """Return the error that stands somewhere in an answer, or None."""
    if isinstance(answer, list):
        return next(filter(None, map(error_in, answer)), None)
    if not isinstance(answer, dict):
        return None
    if isinstance(answer.get('error'), dict):
        return answer['error']
    return next(filter(None, map(error_in, answer.values())), None)


def judge_answer(row, status):
    """The exit status, and the error that was told."""
    if not re.fullmatch(row.exits, str(status)):
        yield f'exit {status}, not {row.exits}'
    try:
        answers = row.answers()
    except ValueError as broken:
        yield f'the answer is not JSON lines: {broken}'
        return
    error = error_in(answers) or {}
    if not re.fullmatch(row.types, error.get('type', '-')):
        yield f'{error.get("type", "no error")}, not {row.types}'
    told = row.read('err').decode('utf-8', 'replace') if row.tool in ('list', 'results-of-two') else error.get('reason', '')
    if status != 0 and not re.search(row.reason, told, re.I):
        yield f'the reason is not {row.reason}'
    if status == 0:
        yield from judge_success(row, answers)


def judge_success(row, answers):
    """What a tool says that all went well must be so."""
    answer = answers[0] if answers else {}
    if row.tool == 'results' and answer.get('status') != 'COMPLETE':
        yield 'the row is not told'
    if row.tool == 'results-of-two' and [each['status'] for each in json.loads(answer['body'])['results']] != [
            'COMPLETE', 'PROCESSING']:
        yield 'the rows are not told'
    if row.tool.startswith('label') and [label['name'] for label in answer.get('labels', [])] != ['Cat', 'Animal']:
        yield 'the labels are not told'
    if row.tool == 'list' and len(answers) != 6 and row.fault not in ('odd-keys', 'million-keys'):
        yield f'{len(answers)} objects, not 6'
    if row.tool.startswith('resize') or row.tool == 'store':
        if not any('stored' in effect for effect in row.effects):
            yield 'nothing was stored'
    if row.tool == 'trigger' and row.fault != 'ExecutionAlreadyExists':
        if not any('started' in effect for effect in row.effects):
            yield 'nothing was started'


def judge_attempts(row):
    if row.least != '-' and not int(row.least) <= len(row.attempts) <= int(row.most):
        yield f'{len(row.attempts)} attempts, not {row.least} to {row.most}'
    if any(line['fault'] == 'trap' for line in row.lines):
        yield 'a redirect was followed'
    refused = [line['code'] for line in row.lines if line.get('event') == 'refused']
    if refused:
        yield f'a request was refused: {refused[0]}'


def judge_stored(row, status, digests):
    """Nothing is ever stored but what is right, and where reading failed nothing is."""
    stored = [effect for effect in row.effects if 'sha256' in effect]
    if any(effect['sha256'] not in digests for effect in stored):
        yield 'a wrong picture was stored'
    if stored and status != 0 and row.target == 'get':
        yield 'a picture was stored'


def judge_checks(row):
    """The checks that the table asks for by name."""
    for check, value in row.checks.items():
        wrong = CHECKS[check](row, value)
        if wrong:
            yield wrong


def check_gap(row, least):
    if len(row.attempts) < 2:
        return None
    gap = row.attempts[1]['at'] - row.attempts[0]['at']
    return None if gap >= float(least) - 0.1 else f'tried again after {gap:.1f} s, not {least}'


def check_resumed(row, _):
    later = row.attempts[1:]
    good = later and all(attempt.get('range') and attempt.get('if-match') for attempt in later)
    return None if good else 'not resumed with Range and If-Match'


def check_sent(row, most):
    """At most so many MiB were taken from the server by any attempt."""
    sent = max((line['sent'] for line in row.lines if line.get('event') == 'end'), default=0)
    return None if sent <= int(most) << 20 else f'{sent >> 20} MiB were read'


def check_region(row, region):
    return None if row.attempts and row.attempts[-1]['region'] == region else f'not signed for {region}'


def check_aborted(row, _):
    return None if any('aborted' in effect for effect in row.effects) else 'the upload was not aborted'


def keys_of(row):
    return {answer.get('key') for answer in row.answers()}


def check_odd(row, _):
    return None if keys_of(row) == ODD_KEYS else f'the keys are {sorted(keys_of(row))}'


def check_cut(row, _):
    return 'a key was cut' if 'uploads/cut.jpg' in keys_of(row) else None


CHECKS = {'gap': check_gap, 'resumed': check_resumed, 'sent': check_sent, 'region': check_region,
          'aborted': check_aborted, 'odd': check_odd, 'cut': check_cut}


def outcome(row, digests):
    status = row.number('status')
    yield from judge_answer(row, status)
    yield from judge_attempts(row)
    yield from judge_stored(row, status, digests)
    yield from judge_checks(row)
    if re.search(rb'[\x00-\x08\x0b-\x1f\x7f]', row.read('err')):
        yield 'a message has control characters'


def memory(row, _):
    peak = row.number('peak')
    if not 0 < peak <= MOST_KIB and row.number('status') not in KILLED:
        yield f'took {peak} KiB'


def took(row, _):
    if not 0 <= row.number('seconds') <= MOST_SECONDS or row.number('status') in KILLED:
        yield f'took {row.number("seconds")} s'


def secrets(row, _):
    for name in ('out', 'err'):
        if any(not secret or secret in row.read(name) for secret in SECRETS):
            yield f'a secret is in {name}'


def pauses(rows):
    """Full jitter has no shortest pause: only many together tell how they grow."""
    gaps = {}
    for row in rows:
        if row.fault in ('429', '500', '502', '503', '504', 'SlowDown', 'ThrottlingException') and row.tool != 'list':
            times = [attempt['at'] for attempt in row.attempts]
            for number, (before, after) in enumerate(zip(times, times[1:])):
                gaps.setdefault(number, []).append(round(after - before, 3))
    if len(gaps) < 2 or len(gaps[0]) < 5:
        yield f'too few attempts to judge by: {gaps}'
        return
    if statistics.mean(gaps[max(gaps)]) < 1.5 * statistics.mean(gaps[0]):
        yield f'pauses do not grow: {gaps}'
    if statistics.pstdev(gaps[max(gaps)]) < 0.02:
        yield f'pauses are all alike: {gaps}'


def tell(row, wrong):
    print(f'{row.name}: {"; ".join(wrong)}')
    print(f'    out: {row.read("out")[:400].decode("utf-8", "replace").rstrip()}')
    print(f'    err: {row.read("err")[:400].decode("utf-8", "replace").rstrip()}')


def read_log(folder):
    lines = {}
    with open(os.path.join(folder, 'log'), encoding='utf-8') as file:
        for line in map(json.loads, file):
            lines.setdefault(line.get('room'), []).append(line)
    return lines


def main():
    folder, question = sys.argv[1:3]
    targets = sys.argv[3].split(',') if len(sys.argv) > 3 else None
    lines = read_log(folder)
    rows = [Row(os.path.join(folder, 'rows', number), lines.get(number, []))
            for number in sorted(os.listdir(os.path.join(folder, 'rows')), key=int)]
    rows = [row for row in rows if targets is None or row.target in targets]
    with open(os.path.join(folder, 'digests'), encoding='utf-8') as file:
        digests = file.read().split()
    print(f'{len(rows)} rows')
    bad = 0
    if question == 'pauses':
        for wrong in pauses(rows):
            print(wrong)
            bad += 1
    else:
        judge = {'outcome': outcome, 'memory': memory, 'time': took, 'secrets': secrets}[question]
        for row in rows:
            wrong = list(judge(row, digests))
            if wrong:
                tell(row, wrong)
                bad += 1
        if bad:
            print(f'{bad} of {len(rows)} rows')
    sys.exit(1 if bad or not rows else 0)


if __name__ == '__main__':
    main()
