"""Log records as telemetry, each in the trace of what was under way."""

import logging

from opentelemetry._logs import Logger, SeverityNumber
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource

from shared.telemetry.destinations import Destination

SEVERITIES = {
    logging.DEBUG: SeverityNumber.DEBUG,
    logging.INFO: SeverityNumber.INFO,
    logging.WARNING: SeverityNumber.WARN,
    logging.ERROR: SeverityNumber.ERROR,
    logging.CRITICAL: SeverityNumber.FATAL,
}
OF_OTHERS = ("opentelemetry", "azure", "uvicorn")  # what sends telemetry, and the worker of the Functions host


class ExportHandler(logging.Handler):
    """Hands the records of the app to OpenTelemetry, with its traceback as part of the text."""

    def __init__(self, logger: Logger) -> None:
        super().__init__(logging.INFO)
        self._logger = logger

    def filter(self, record: logging.LogRecord) -> bool:
        return record.name.partition(".")[0] not in OF_OTHERS

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._logger.emit(
                timestamp=int(record.created * 1e9),
                severity_number=SEVERITIES.get(record.levelno, SeverityNumber.INFO),
                severity_text=record.levelname,
                body=self.format(record),
                attributes={"logger": record.name},
            )
        except Exception:  # as every handler of the standard library
            self.handleError(record)


class LogExport:
    """Sends what this process logs until it is closed."""

    def __init__(self, provider: LoggerProvider) -> None:
        self._provider = provider
        self._handler = ExportHandler(provider.get_logger("photos"))
        logging.getLogger().addHandler(self._handler)

    def close(self) -> None:
        """Send the rest."""
        logging.getLogger().removeHandler(self._handler)
        self._provider.shutdown()


def export_logs(places: list[Destination], resource: Resource) -> LogExport | None:
    """Send log records to the places that take them; None if there is none."""
    exporters = [place.logs for place in places if place.logs]
    if not exporters:
        return None
    provider = LoggerProvider(resource)
    for exporter in exporters:
        provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
    return LogExport(provider)
