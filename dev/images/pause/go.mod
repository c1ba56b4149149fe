module kafka-platform/dev/images/pause

go 1.26
