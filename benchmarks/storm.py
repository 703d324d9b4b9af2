"""A storm of moderations with an independent judge: see tests/storm.py. On a PostgreSQL started for it.

python -m benchmarks.storm [--moderations 100000] [--instants 1000]
"""

import argparse
import os

from benchmarks.scratch import scratch_database
from tests import services


def main() -> int:
    parser = argparse.ArgumentParser(description="Let 200 members moderate 1,000 comments while a judge looks on.")
    parser.add_argument("--moderations", type=int, default=100_000)
    parser.add_argument("--instants", type=int, default=1_000)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="end earlier, after so many")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with services.private_folder() as folder:
        programs, origin = services.postgresql_programs()
        with services.running_postgresql(folder, programs, origin) as server:
            os.environ["DATABASE_URL"] = server.url
            with scratch_database("postgresql") as words:
                from tests.storm import Storm

                weather = Storm(**vars(asked)).run()
                print(f"{words}, {asked.writers} writers: {weather.line()}", flush=True)
                for wrong in (weather.differences + weather.errors)[:20]:
                    print(wrong)
    return int(bool(weather.differences or weather.errors))


if __name__ == "__main__":
    raise SystemExit(main())
