"""What measured answers say, with how sure one can be of it. numpy is imported inside the functions that need it."""
