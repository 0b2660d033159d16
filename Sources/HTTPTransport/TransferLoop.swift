import CCurl
import Glibc
import Synchronization

/// The one thread that calls libcurl.
///
/// Everybody else posts commands. With nothing to do the thread sleeps in `curl_multi_poll` and wakes for a command
/// only.
final class TransferLoop: Sendable {
    enum Command: Sendable {
        case start(UInt64, HTTPURL, HTTPRequest, Exchange)
        case resume(UInt64)
        case drain(UInt64)
        case cancel(UInt64)
    }

    /// `multi` is nil once the thread has ended, so that nobody wakes a handle that is gone.
    private struct Inbox: Sendable {
        var multi: MultiHandle?
        var commands: [Command] = []
        var isStopping = false
    }

    /// `curl_multi_wakeup` is the one call that libcurl allows from any thread; all others are the loop's.
    private struct MultiHandle: @unchecked Sendable { let pointer: UnsafeMutableRawPointer }

    private let inbox: Mutex<Inbox>

    /// Starts the thread; it ends after `stop`.
    init() {
        _ = Self.libraryIsReady
        let multi = curl_multi_init()
        inbox = Mutex(Inbox(multi: multi.map { MultiHandle(pointer: $0) }))
        guard let multi else { return }
        let context = Unmanaged.passRetained(ThreadStart(loop: self, multi: MultiHandle(pointer: multi)))
            .toOpaque()
        var thread = pthread_t()
        let failed = pthread_create(&thread, nil, { TransferLoop.threadMain($0) }, context)
        guard failed == 0 else {
            Unmanaged<ThreadStart>.fromOpaque(context).release()
            inbox.withLock { $0.multi = nil }
            curl_multi_cleanup(multi)
            return
        }
        pthread_detach(thread)
    }

    private static let libraryIsReady: Bool = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK

    private final class ThreadStart: Sendable {
        let loop: TransferLoop
        let multi: MultiHandle
        init(loop: TransferLoop, multi: MultiHandle) {
            self.loop = loop
            self.multi = multi
        }
    }

    private static func threadMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let context else { return nil }
        let start = Unmanaged<ThreadStart>.fromOpaque(context).takeRetainedValue()
        // Signals belong to the main thread; a broken pipe is an error code here. Faults stay with the crash guard.
        var mask = sigset_t()
        sigfillset(&mask)
        for signal in [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT] { sigdelset(&mask, signal) }
        pthread_sigmask(SIG_SETMASK, &mask, nil)
        start.loop.run(start.multi.pointer)
        return nil
    }

    /// Hands a command to the thread; after `stop` a start fails at once and the rest is dropped.
    func post(_ command: Command) {
        let isOpen = inbox.withLock { inbox in
            guard let multi = inbox.multi, !inbox.isStopping else { return false }
            inbox.commands.append(command)
            if inbox.commands.count == 1 { curl_multi_wakeup(multi.pointer) }
            return true
        }
        if !isOpen, case .start(_, _, _, let exchange) = command { exchange.finish(.closed) }
    }

    /// Ends every transfer with `closed`, then the thread.
    func stop() {
        inbox.withLock { inbox in
            inbox.isStopping = true
            if let multi = inbox.multi { curl_multi_wakeup(multi.pointer) }
        }
    }

    private func run(_ multi: UnsafeMutableRawPointer) {
        var transfers = Transfers(multi: multi)
        while true {
            let (commands, isStopping) = inbox.withLock { inbox in
                defer { inbox.commands = [] }
                return (inbox.commands, inbox.isStopping)
            }
            for command in commands { transfers.perform(command) }
            if isStopping { break }
            var running: Int32 = 0
            curl_multi_perform(multi, &running)
            transfers.reap()
            transfers.expire(now: ContinuousClock.now)
            curl_multi_poll(multi, nil, 0, transfers.patience(now: ContinuousClock.now), nil)
        }
        transfers.endAll()
        inbox.withLock { $0.multi = nil }
        transfers.freeHandles()
        curl_multi_cleanup(multi)
    }
}

/// The transfers under way and the easy handles at rest; lives on the loop's thread only.
private struct Transfers {
    private static let mostIdleHandles = 32
    let multi: UnsafeMutableRawPointer
    private var byID: [UInt64: Transfer] = [:]
    private var idByHandle: [UnsafeMutableRawPointer: UInt64] = [:]
    private var idle: [UnsafeMutableRawPointer] = []

    init(multi: UnsafeMutableRawPointer) {
        self.multi = multi
        _ = ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, 64)
    }

    mutating func perform(_ command: TransferLoop.Command) {
        switch command {
        case .start(let id, let url, let request, let exchange):
            guard !exchange.isEnded else { return }
            guard let handle = idle.popLast() ?? curl_easy_init() else {
                exchange.finish(.invalidRequest("out of memory"))
                return
            }
            let transfer = Transfer(
                id: id, handle: handle, exchange: exchange, url: url, request: request,
                now: ContinuousClock.now)
            byID[id] = transfer
            idByHandle[handle] = id
            curl_multi_add_handle(multi, handle)
        case .resume(let id): byID[id]?.resume()
        case .drain(let id): byID[id]?.drain()
        case .cancel(let id): end(id, .cancelled)
        }
    }

    /// Takes finished transfers out.
    mutating func reap() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle,
                let id = idByHandle[handle], let transfer = byID[id]
            else { continue }
            end(id, transfer.failure(of: ccurl_message_result(message)))
        }
    }

    /// Ends what let its clock run out.
    mutating func expire(now: ContinuousClock.Instant) {
        for transfer in byID.values {
            if let deadline = transfer.deadline, deadline.at <= now {
                end(transfer.id, .timedOut(deadline.phase))
            }
        }
    }

    /// Milliseconds until the next clock runs out.
    func patience(now: ContinuousClock.Instant) -> Int32 {
        var nearest = Duration.seconds(3600)
        for transfer in byID.values {
            if let deadline = transfer.deadline { nearest = min(nearest, deadline.at - now) }
        }
        let parts = nearest.components
        return Int32(clamping: max(0, parts.seconds * 1000 + parts.attoseconds / 1_000_000_000_000_000 + 1))
    }

    mutating func endAll() {
        for id in Array(byID.keys) { end(id, .closed) }
    }

    func freeHandles() {
        for handle in idle { curl_easy_cleanup(handle) }
    }

    private mutating func end(_ id: UInt64, _ failure: HTTPFailure?) {
        guard let transfer = byID.removeValue(forKey: id) else { return }
        idByHandle[transfer.handle] = nil
        curl_multi_remove_handle(multi, transfer.handle)
        curl_easy_reset(transfer.handle)
        if idle.count < Self.mostIdleHandles {
            idle.append(transfer.handle)
        } else {
            curl_easy_cleanup(transfer.handle)
        }
        transfer.exchange.finish(failure)
    }
}
