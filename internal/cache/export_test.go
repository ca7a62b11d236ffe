package cache

// RedisTrusting is what the test of TLS needs from inside.
var RedisTrusting = redisTrusting
