"""Published response criteria: each after its own rules, none knowing another."""
