"""The small files beside a node's configuration: what it logs, and how long its JVM believes an address."""

from typing import Final

from components.spec.versions import Line

JAVA_SECURITY: Final = "java.security"
_PATTERN: Final = "[%d] %p %m (%c)%n"

_LOG4J: Final = f"""log4j.rootLogger=INFO, stdout
log4j.appender.stdout=org.apache.log4j.ConsoleAppender
log4j.appender.stdout.layout=org.apache.log4j.PatternLayout
log4j.appender.stdout.layout.ConversionPattern={_PATTERN}
log4j.logger.kafka.request.logger=WARN
log4j.logger.org.apache.zookeeper=INFO
"""

_LOG4J2: Final = f"""status=warn
rootLogger.level=info
rootLogger.appenderRef.stdout.ref=stdout
appender.stdout.type=Console
appender.stdout.name=stdout
appender.stdout.layout.type=PatternLayout
appender.stdout.layout.pattern={_PATTERN}
logger.request.name=kafka.request.logger
logger.request.level=warn
"""

#: Pods get a new address with every restart: names are asked again soon, and a name that is not there yet even sooner.
JAVA_SECURITY_TEXT: Final = "networkaddress.cache.ttl=5\nnetworkaddress.cache.negative.ttl=1\n"


def logging_file(line: Line) -> tuple[str, str]:
    """Return name and text of the logging configuration; everything goes to the container's output."""
    return ("log4j2.properties", _LOG4J2) if line.log4j == 2 else ("log4j.properties", _LOG4J)


def logging_option(line: Line, folder: str) -> str:
    """Return the JVM option that names the logging configuration."""
    name, _ = logging_file(line)
    if line.log4j == 2:
        return f"-Dlog4j2.configurationFile={folder}/{name}"
    return f"-Dlog4j.configuration=file:{folder}/{name}"
