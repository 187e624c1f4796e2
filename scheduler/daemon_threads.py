"""How the worker's jobs run: each in a thread that does not keep the process from ending."""

import sys
import threading
from datetime import datetime
from typing import Any

from apscheduler.executors.base import BaseExecutor, run_job


class DaemonThreads(BaseExecutor):  # type: ignore[misc]  # the library has no types
    """Runs each job in a thread that does not keep the process from ending while a provider is slow to answer."""

    def _do_submit_job(self, job: Any, run_times: list[datetime]) -> None:
        threading.Thread(target=self._run, args=(job, run_times), daemon=True).start()

    def _run(self, job: Any, run_times: list[datetime]) -> None:
        try:
            events = run_job(job, job._jobstore_alias, run_times, self._logger.name)
        except BaseException as err:  # noqa: BLE001 - the library logs it and lets the job run again
            self._run_job_error(job.id, err, sys.exc_info()[2])
        else:
            self._run_job_success(job.id, events)
