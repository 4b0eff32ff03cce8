"""What the tests of commands ask for beside the rest: a store for buckets."""

from ..bucket import bucket_store, s3_endpoint

__all__ = ["bucket_store", "s3_endpoint"]
