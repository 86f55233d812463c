"""The official Python SDK against three processes of one table: `python replicas.py PROGRAM CONNECTION KEYS`.

Each client writes to one process and checks each answer there at once. Under this load one process is killed by SIGKILL and
another one is started. Then each answered write must be in all processes.
"""

import signal
import subprocess
import sys

from alibabacloud_ice20201109 import models

from writers import Writer, check, client_of, converge, is_ready, keys_of, listed, wait_until

PROGRAM, CONNECTION, KEYS = sys.argv[1:]
KEY = keys_of(KEYS)[0]
PROCESSES, CLIENTS = 3, 6


class Process:
    def __init__(self):
        arguments = ['--postgres', CONNECTION, '--listen', '127.0.0.1:0', '--log', 'off', '--access-keys', KEYS]
        self.process = subprocess.Popen([PROGRAM, *arguments], stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        assert line.startswith('listening on http://'), line
        self.address = line.removeprefix('listening on http://').strip()


class Checker(Writer):
    """A writer that reads its own writes: one job, and the list that has it."""

    is_stopped = False

    def goes_on(self):
        return not self.is_stopped

    def answered(self, job_id):
        found = self.client.list_live_transcode_jobs(models.ListLiveTranscodeJobsRequest(key_word=job_id)).body
        shown = [(job.name, job.status) for job in found.job_list]
        expected = [self.jobs[job_id]] if job_id in self.jobs else []
        assert shown == expected, f'{job_id}: {shown}, and not {expected}'


def begin(process, numbers):
    writers = [Checker(process.address, KEY, number, 0) for number in numbers]
    for writer in writers:
        writer.start()
    return writers


def wait_for_writes(writers):
    wanted = [writer.writes + 10 for writer in writers]
    wait_until('all write', lambda: all(w.writes >= n or w.failure for w, n in zip(writers, wanted)))


def main(processes):
    processes += [Process() for _ in range(PROCESSES)]
    wait_until('all are ready', lambda: all(is_ready(process.address) for process in processes))
    before = listed(client_of(processes[0].address, KEY))
    by_process = [begin(process, range(place, CLIENTS, PROCESSES)) for place, process in enumerate(processes)]
    wait_for_writes(sum(by_process, []))
    killed = processes.pop(0)
    killed.process.send_signal(signal.SIGKILL)
    processes.append(Process())
    wait_until('the new process is ready', lambda: is_ready(processes[-1].address))
    by_process.append(begin(processes[-1], range(CLIENTS, CLIENTS + 2)))
    wait_for_writes(sum(by_process[1:], []))
    writers = sum(by_process, [])
    for writer in writers:
        writer.is_stopped = True
    for writer in writers:
        writer.join()
    killed.process.wait()
    addresses = [process.address for process in processes]
    for address in addresses:
        converge(addresses, address, KEY)
    found = [listed(client_of(address, KEY)) for address in addresses]
    assert all(jobs == found[0] for jobs in found), 'the processes do not agree'
    # Scheduled ones may have started meanwhile.
    assert set(before) <= set(found[0]), 'a job of before is missing'
    check({job_id: job for job_id, job in found[0].items() if job_id not in before}, writers)
    for process in processes:
        process.process.send_signal(signal.SIGTERM)
    assert all(process.process.wait(timeout=30) == 0 for process in processes)
    writes = sum(writer.writes for writer in writers)
    print(f'{PROCESSES} processes, one killed and one started, {writes} answered writes: none wrong')


started = []
try:
    main(started)
finally:
    for left in started:
        left.process.kill()
