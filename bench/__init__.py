"""The project's own benchmarks: what Keydesk costs beside what nobody can avoid."""
