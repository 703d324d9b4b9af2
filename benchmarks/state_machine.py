"""A night's worth of the state machine of tests/moderation/test_state_machine.py: the site and a small model agree.

python -m benchmarks.state_machine [--steps 50000] [sqlite|postgresql]
"""

import argparse
import time

from benchmarks.scratch import scratch_database


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare the site with a small model after every step.")
    parser.add_argument("--steps", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1, help="the first story's; the next have the next")
    parser.add_argument("vendor", nargs="?", default="sqlite", choices=("sqlite", "postgresql"))
    asked = parser.parse_args()
    with scratch_database(asked.vendor) as words:
        from django.db import transaction

        from tests.moderation.test_state_machine import run_steps

        started = time.perf_counter()
        with transaction.atomic():
            taken = run_steps(asked.steps, first_seed=asked.seed)
            transaction.set_rollback(True)
        print(f"{words}: {taken:,} steps in {time.perf_counter() - started:,.0f} s, 0 differences")


if __name__ == "__main__":
    main()
