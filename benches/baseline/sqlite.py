"""The requests of the bench of any record, by the SQLite of Python, in memory.

Reads jobs as tab-separated lines: second, id, priority, region, engine, state, queue, rack, owner. Prints one line for each
request: its name, its total, and the median of its times in nanoseconds. The call from Python takes about a microsecond of
each.
"""

import sqlite3
import statistics
import sys
import time

COLUMNS = "second, id, priority, region, engine, state, queue, rack, owner"
INDEXED = [
    "state, second",
    "region, second",
    "priority, region, engine, state, second",
    "queue, second",
    "rack, second",
    "owner, second",
]
REQUESTS = {
    "one value of each facet": "priority='high' and region='us-1' and engine='gpu' and state='running'",
    "some values of each facet": "priority in ('high','urgent') and region in ('eu-1','us-1','ap-1','sa-1')"
    " and engine in ('cpu','gpu') and state in ('queued','running','failed')",
    "one label of a tenth of the jobs": "queue='queue-3'",
    "a label and a facet": "queue='queue-3' and state='running'",
    "three labels": "queue in ('queue-1','queue-2','queue-3') and owner<>'owner-3' and rack is not null",
    "a label of a thousandth of the jobs": "rack='rack-7'",
}


def median_ns(call):
    times = []
    began = time.perf_counter()
    while len(times) < 5 or (len(times) < 200 and time.perf_counter() - began < 1):
        start = time.perf_counter_ns()
        call()
        times.append(time.perf_counter_ns() - start)
    return statistics.median(times)


def main():
    database = sqlite3.connect(":memory:")
    database.execute(f"create table jobs ({COLUMNS})")
    rows = (line.rstrip("\n").split("\t") for line in sys.stdin)
    database.executemany("insert into jobs values (cast(? as integer),?,?,?,?,?,?,?,?)", rows)
    for columns in INDEXED:
        database.execute(f"create index 'by {columns}' on jobs ({columns})")
    database.execute("create index by_time on jobs (second, id)")
    database.execute("analyze")
    for name, condition in REQUESTS.items():
        count = f"select count(*) from jobs where {condition}"
        page = f"select * from jobs where {condition} order by second desc, id desc limit 10"
        total = database.execute(count).fetchone()[0]
        median = median_ns(lambda: (database.execute(count).fetchone(), database.execute(page).fetchall()))
        print(f"{name}\t{total}\t{median:.0f}")


main()
