module steward.local/node-host

go 1.25.0
