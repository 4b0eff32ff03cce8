"""Reference sets that others published: one file a set, each with a `Reference` card at its top."""
