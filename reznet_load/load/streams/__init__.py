"""Questions over HTTP whose answers are streams, read on the loop."""
