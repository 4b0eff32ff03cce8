"""How fast contrast leaks from the blood, how much plasma there is, and how much room outside the vessels (DCE-MRI)."""
