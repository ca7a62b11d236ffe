# The commands of this project. CONTRIBUTING.md explains them; each is one line on purpose.

.PHONY: run test e2e lint bench build release css generate

# Development server with demo data on http://localhost:8000, kept under ./var.
run:
	go run ./cmd/ekolek demo

# Everything: both engines, browser. Installs PostgreSQL and Chromium when absent.
test: bin/testenv bin/testsum
	@bin/testenv bin/testsum ./...

# The browser tests alone. UPDATE_PICTURES=1 draws the README's pictures anew.
e2e: bin/testenv bin/testsum
	@bin/testenv bin/testsum ./e2e/...

lint:
	@scripts/lint

# Ratios against the bare driver and a plaintext handler; see docs/testing.md.
bench: bin/testenv
	@EKOLEK_TEST_DURABLE=1 bin/testenv go run ./bench

# One static binary, with the time zone and every file of the pages inside.
build:
	@scripts/build bin/ekolek

# What goes out, in dist/: programs, bill of materials, checksums, signature. Then
# scripts/release --check builds again elsewhere and compares.
release:
	@scripts/release

# The style sheet is committed; node is needed only to change it.
css:
	npm ci --no-audit --no-fund
	npm run css

# The Go code of the templ pages is committed too.
generate:
	go tool templ generate

bin/%: FORCE
	@go build -o $@ ./scripts/$*

FORCE:
