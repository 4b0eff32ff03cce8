"""PET and MR fused: the habitats of a tumour, and the part of it that may resist."""
