import EventLog
import Testing
