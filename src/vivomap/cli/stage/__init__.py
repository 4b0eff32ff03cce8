"""The stage of `vivomap demo pacs`: a PACS and the receivers of a record, on this machine, for one show."""
